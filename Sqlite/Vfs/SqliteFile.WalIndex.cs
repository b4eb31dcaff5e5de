namespace Isar.Storage.Sqlite;

/// <content>
/// The index of a write-ahead log where a database is used by turns: whoever has the lease is alone, so the binding keeps the index in memory of
/// its own, with the locks that connections have there, and it is true for one tenure. Here is only the lease. SQLite keeps a shared lock on such a
/// database from its first transaction until it closes it, so that lock does not keep the lease: the locks in the index do.
/// </content>
internal sealed partial class SqliteFile
{
    private bool _isMapped;

    /// <summary>Whether this file has locked anything in the index.</summary>
    private bool _locksIndex;
    private long _tenure;

    /// <summary>Gets whether the binding keeps the index for this file, if it has a log.</summary>
    public bool HasWalIndex => lease is not null && vfs.HasWriteAheadLogs && !HasSharedMemory && flags.HasFlag(OpenFlags.MainDatabase);

    /// <summary>SQLite begins to use the index, and has a lock of the file. It counts as locked until <see cref="LeaveIndex"/>.</summary>
    /// <param name="tenure">The number of the tenure. What the index holds of another one means nothing.</param>
    public int MapIndex(out long tenure)
    {
        int code = EnterIndex(out tenure);
        // Refused, SQLite uses no index, and its lock of the file keeps the lease as before.
        _isMapped = code == SqliteCode.Ok;
        return code;
    }

    /// <summary>Something is about to be locked in the index, in which this file has locked nothing.</summary>
    /// <inheritdoc cref="MapIndex"/>
    public int EnterIndex(out long tenure)
    {
        tenure = 0;
        // A plain SQLITE_BUSY tells SQLite that somebody else is at work there: it would try again at once, many times.
        if (!TryUse())
            return SqliteCode.BusyRecovery;
        try
        {
            tenure = lease!.Tenure;
            if (_tenure != 0 && _tenure != tenure)
                ThrowIfLogEnded();
            _tenure = tenure;
            _locksIndex = true;
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

    /// <summary>This file has locked nothing in the index any more.</summary>
    public void LeaveIndex()
    {
        _locksIndex = false;
        EndUseIfUnlocked();
    }

    /// <summary>SQLite has ended a transaction that wrote to the log, or a checkpoint.</summary>
    /// <returns>Whether what the index holds means nothing any more.</returns>
    public bool EndLogWrites(bool isCheckpoint) => file is ILogWrites writes && writes.EndLogWrites(isCheckpoint);

    /// <summary>SQLite uses the index no more.</summary>
    public void UnmapIndex()
    {
        _isMapped = _locksIndex = false;
        _tenure = 0;
        EndUseIfUnlocked();
    }

    /// <summary>
    /// Another process or worker can have given the database a rollback journal in its own tenure, which SQLite prevents among those that meet in the
    /// locks of one file. A connection that goes on to write to the log would damage it.
    /// </summary>
    private void ThrowIfLogEnded()
    {
        if (DatabaseHeader.IsWriteAheadLogged(file))
            return;
        throw new StorageException(StorageErrorKind.Unavailable,
            $"\"{path}\" was given another journal mode in another tab or worker while it was open here. Close this connection and open it again.");
    }
}
