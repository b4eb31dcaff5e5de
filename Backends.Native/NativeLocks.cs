using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>
/// SQLite's lock levels of one open file, made of the same locks on the same bytes as in SQLite's own VFSes, so that both exclude each
/// other (<see href="https://sqlite.org/lockingv3.html">File Locking And Concurrency</see>).
/// </summary>
internal sealed class NativeLocks(SafeFileHandle file, IByteLocks bytes)
{
    private bool _hasReserved;

    /// <summary>Gets the level held now.</summary>
    public LockLevel Level { get; private set; }

    /// <inheritdoc cref="IStorageFile.IsReserved"/>
    /// <remarks>
    /// Only the reserved byte counts. A connection that rolls back a hot journal goes from shared straight to pending. Other readers must
    /// not take that for a live transaction.
    /// </remarks>
    public bool IsReserved => Level >= LockLevel.Reserved || bytes.IsLocked(file, ByteRange.Reserved);

    /// <inheritdoc cref="IStorageFile.TryLock"/>
    public bool TryLock(LockLevel level)
    {
        bool hadNone = Level == LockLevel.None;
        while (Level < level)
        {
            if (TryStep(level))
                continue;
            if (hadNone)
                Unlock(LockLevel.None);
            return false;
        }
        return true;
    }

    /// <inheritdoc cref="IStorageFile.Unlock"/>
    public void Unlock(LockLevel level)
    {
        if (Level <= level)
            return;
        // The shared lock comes first, so that there is no moment without it.
        if (Level == LockLevel.Exclusive && level == LockLevel.Shared)
            bytes.Lower(file, ByteRange.Shared);
        if (bytes.UnlocksAnyRange)
            bytes.Unlock(file, level == LockLevel.None ? ByteRange.All : ByteRange.Writer);
        else
            UnlockEach(level);
        _hasReserved = false;
        Level = level;
    }

    private void UnlockEach(LockLevel level)
    {
        if (level == LockLevel.None)
            bytes.Unlock(file, ByteRange.Shared);
        if (_hasReserved)
            bytes.Unlock(file, ByteRange.Reserved);
        // Last, because it keeps others out meanwhile.
        if (Level >= LockLevel.Pending)
            bytes.Unlock(file, ByteRange.Pending);
    }

    private bool TryStep(LockLevel wanted)
    {
        switch (Level)
        {
            case LockLevel.None:
                return TryShare();
            case LockLevel.Shared when wanted == LockLevel.Reserved:
                _hasReserved = bytes.TryLock(file, ByteRange.Reserved, exclusive: true);
                return Reach(LockLevel.Reserved, _hasReserved);
            case LockLevel.Shared or LockLevel.Reserved:
                return Reach(LockLevel.Pending, bytes.TryLock(file, ByteRange.Pending, exclusive: true));
            default:
                return Reach(LockLevel.Exclusive, bytes.TryRaise(file, ByteRange.Shared));
        }
    }

    private bool TryShare()
    {
        // Shared, as in SQLite's own VFS for Unix, so that readers that begin together do not refuse each other.
        if (!bytes.TryLock(file, ByteRange.Pending, exclusive: false))
            return false;
        try
        {
            return Reach(LockLevel.Shared, bytes.TryLock(file, ByteRange.Shared, exclusive: false));
        }
        finally
        {
            bytes.Unlock(file, ByteRange.Pending);
        }
    }

    private bool Reach(LockLevel level, bool granted)
    {
        if (granted)
            Level = level;
        return granted;
    }
}
