namespace Isar.Storage;

/// <summary>
/// SQLite's lock levels among the open files of one path within one process or worker; a backend keeps one per path and one
/// <see cref="Holder"/> per open file. Safe for any threads.
/// </summary>
public sealed class FileLocks
{
    private readonly Lock _gate = new();
    private int _readers;
    private Holder? _writer;

    /// <summary>Gets whether a holder has <see cref="LockLevel.Exclusive"/>.</summary>
    public bool IsExclusive
    {
        get
        {
            lock (_gate)
                return _writer is { Level: LockLevel.Exclusive };
        }
    }

    /// <summary>The lock of one open file. Disposing it releases the lock.</summary>
    public sealed class Holder(FileLocks locks) : IDisposable
    {
        /// <summary>Gets the level held now.</summary>
        public LockLevel Level { get; private set; }

        /// <summary>Gets whether any holder has <see cref="LockLevel.Reserved"/> or more.</summary>
        public bool IsReserved
        {
            get
            {
                lock (locks._gate)
                    return locks._writer is not null;
            }
        }

        /// <inheritdoc cref="IStorageFile.TryLock"/>
        public bool TryLock(LockLevel level)
        {
            lock (locks._gate)
            {
                bool hadNone = Level == LockLevel.None;
                while (Level < level)
                {
                    if (TryStep(level))
                        continue;
                    if (hadNone)
                        Lower(LockLevel.None);
                    return false;
                }
                return true;
            }
        }

        /// <inheritdoc cref="IStorageFile.Unlock"/>
        public void Unlock(LockLevel level)
        {
            lock (locks._gate)
                Lower(level);
        }

        /// <inheritdoc/>
        public void Dispose() => Unlock(LockLevel.None);

        private void Lower(LockLevel level)
        {
            if (Level <= level)
                return;
            if (locks._writer == this)
                locks._writer = null;
            if (level == LockLevel.None)
                locks._readers--;
            Level = level;
        }

        private bool TryStep(LockLevel wanted)
        {
            switch (Level)
            {
                case LockLevel.None when locks._writer is { Level: >= LockLevel.Pending }:
                    return false;
                case LockLevel.None:
                    locks._readers++;
                    Level = LockLevel.Shared;
                    return true;
                case LockLevel.Shared when locks._writer is not null:
                    return false;
                case LockLevel.Shared:
                    locks._writer = this;
                    Level = wanted == LockLevel.Reserved ? LockLevel.Reserved : LockLevel.Pending;
                    return true;
                case LockLevel.Reserved:
                    Level = LockLevel.Pending;
                    return true;
                case LockLevel.Pending when locks._readers > 1:
                    return false;
                default:
                    Level = LockLevel.Exclusive;
                    return true;
            }
        }
    }
}
