namespace Isar.Storage.Sqlite;

/// <content>
/// The index of a write-ahead log where a database is used by turns: whoever has the lease is alone, so the binding keeps it in memory of its own, with
/// the locks that its connections have there, for the time of one tenure. Here is only the lease. SQLite keeps a shared lock on such a database from its
/// first transaction until it closes it, so that lock does not keep the lease: the locks in the memory do.
/// </content>
internal sealed partial class SqliteFile
{
    private bool _isMapped;

    /// <summary>Whether anything is locked in the memory.</summary>
    private bool _locksMemory;
    private long _tenure;

    /// <summary>Gets whether the binding keeps such memory for this file.</summary>
    public bool HasTenureMemory => lease is not null && vfs.HasWriteAheadLogs && !HasSharedMemory && flags.HasFlag(OpenFlags.MainDatabase);

    /// <summary>SQLite begins to use the memory, and has a lock of the file. The binding has locked something until <see cref="LeaveMemory"/>.</summary>
    /// <param name="tenure">The number of the tenure. What the memory holds of another one means nothing.</param>
    public int MapMemory(out long tenure)
    {
        _isMapped = true;
        return EnterMemory(out tenure);
    }

    /// <summary>Something is about to be locked in the memory, in which this file has locked nothing.</summary>
    /// <inheritdoc cref="MapMemory"/>
    public int EnterMemory(out long tenure)
    {
        tenure = 0;
        // A plain SQLITE_BUSY tells SQLite that somebody else is at work in the memory: it would try again at once, many times.
        if (!TryUse())
            return SqliteCode.BusyRecovery;
        try
        {
            tenure = lease!.Tenure;
            if (_tenure != 0 && _tenure != tenure)
                ThrowIfLogEnded();
            _tenure = tenure;
            _locksMemory = true;
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorShmLock);
        }
        finally
        {
            EndUseIfUnlocked();
        }
    }

    /// <summary>This file has locked nothing in the memory any more.</summary>
    public void LeaveMemory()
    {
        _locksMemory = false;
        EndUseIfUnlocked();
    }

    /// <summary>SQLite has ended a transaction that wrote to the log.</summary>
    /// <returns>Whether what the memory holds means nothing any more.</returns>
    public bool EndLogWrites() => file is ILogWrites writes && writes.EndLogWrites();

    /// <summary>SQLite uses the memory no more.</summary>
    public void UnmapMemory()
    {
        _isMapped = _locksMemory = false;
        EndUseIfUnlocked();
    }

    /// <summary>
    /// Another process or worker can have given the database a rollback journal in its own tenure, which SQLite prevents among those that meet in the
    /// locks of one file. A connection that goes on to write to the log would damage it.
    /// </summary>
    private void ThrowIfLogEnded()
    {
        Span<byte> header = stackalloc byte[DatabaseHeader.Size];
        if (file.Read(header, 0) == header.Length && DatabaseHeader.IsWriteAheadLogged(header))
            return;
        throw new StorageException(StorageErrorKind.Unavailable,
            $"\"{path}\" was given another journal mode in another tab or worker while it was open here. Close this connection and open it again.");
    }
}
