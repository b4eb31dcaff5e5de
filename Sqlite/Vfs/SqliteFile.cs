namespace Isar.Storage.Sqlite;

/// <summary>
/// SQLite's view of an open file: one method per member of <see href="https://sqlite.org/c3ref/io_methods.html">sqlite3_io_methods</see>.
/// Every method returns a result code and never throws. Used by one thread at a time, as SQLite does.
/// </summary>
/// <param name="vfs">The adapter.</param>
/// <param name="file">The backend's file.</param>
/// <param name="path">Its path, or <see langword="null"/> for a temporary file.</param>
/// <param name="flags">How it was opened.</param>
/// <param name="lease">The lease without which it cannot be locked, where there is one.</param>
internal sealed partial class SqliteFile(SqliteVfs vfs, IStorageFile file, StoragePath? path, OpenFlags flags, DatabaseLease? lease = null)
{
    /// <summary>The default of SQLite's own VFSes; see <see href="https://sqlite.org/atomiccommit.html">Atomic Commit</see>, section 2.</summary>
    public const int SectorSize = 4096;

    private LockLevel _level;

    /// <summary>Whether the lease is kept here for the locks of this file.</summary>
    private bool _isUsing;
    private bool _isPlain;
    private bool _isLogged;
    private bool _isLogTold;
    private bool _keepsLog;
    private Exception? _failure;

    /// <summary>The numbers that bindings know open files by.</summary>
    public static HandleTable<SqliteFile> Handles { get; } = new();

    public int DeviceCharacteristics
    {
        get
        {
            int all = path is null ? Sqlite.DeviceCharacteristics.Volatile : vfs.DeviceCharacteristics;
            return IsPowersafe ? all : all & ~Sqlite.DeviceCharacteristics.PowersafeOverwrite;
        }
    }

    /// <summary>Gets or sets whether bytes beside a write survive a power loss in the middle of it.</summary>
    public bool IsPowersafe { get; set; } = true;

    /// <summary>
    /// Gets whether a shared lock may go on after SQLite has ended it, until it is recalled. Not before it is known what the database is, because
    /// the end of a lock is where SQLite learns why it cannot use one.
    /// </summary>
    public bool MayLend => (_isPlain || HasWalIndex) && vfs.MayLend && (lease?.MayLend ?? true);

    /// <summary>Gets whether reads can pass by .NET until the file is written or cut, or its lock ends.</summary>
    public bool IsDirect => file is IDirectReads { StoredFile: not null };

    /// <summary>Gets what reads directly, and the number by which it knows the file.</summary>
    public (string Script, int File)? Direct => file is IDirectReads { StoredFile: { } number } direct ? (direct.Script, number) : null;

    public static int Close(int handle) => Handles.Remove(handle).Close();

    public int Read(Span<byte> destination, long offset)
    {
        try
        {
            int count = file.Read(destination, offset);
            if (offset == 0)
                NoteHeader(destination[..count]);
            if (count == destination.Length)
                return SqliteCode.Ok;
            destination[count..].Clear();
            return SqliteCode.IoErrorShortRead;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorRead);
        }
    }

    public int Write(ReadOnlySpan<byte> source, long offset)
    {
        try
        {
            file.Write(source, offset);
            if (offset == 0 && IsHeader(source))
                NoteWrittenHeader(source);
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorWrite);
        }
    }

    public int Truncate(long length)
    {
        try
        {
            file.SetLength(length);
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorTruncate);
        }
    }

    public int Sync()
    {
        try
        {
            file.Flush();
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorFsync);
        }
    }

    public int FileSize(out long length)
    {
        try
        {
            length = file.Length;
            // Where empty files are not told apart, SQLite's own VFS for Unix writes a byte into a new database, and counts it nowhere.
            if (length == 1 && vfs.HasFullPaths && flags.HasFlag(OpenFlags.MainDatabase))
                length = 0;
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            length = 0;
            return Fail(e, SqliteCode.IoErrorFstat);
        }
    }

    public int Lock(int level)
    {
        if (!TryUse())
            return SqliteCode.Busy;
        try
        {
            if (file.TryLock((LockLevel)level))
            {
                _level = (LockLevel)level;
                return SqliteCode.Ok;
            }
            // What keeps new readers out was granted, only the readers of now are in the way.
            if (_level == LockLevel.Reserved)
                _level = LockLevel.Pending;
            return SqliteCode.Busy;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorLock);
        }
        finally
        {
            EndUseIfUnlocked();
        }
    }

    public int Unlock(int level)
    {
        try
        {
            file.Unlock((LockLevel)level);
            if ((_level, level) == (LockLevel.Shared, (int)LockLevel.None))
                TellLog();
            _level = (LockLevel)level;
            EndUseIfUnlocked();
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorUnlock);
        }
    }

    public int CheckReservedLock(out bool reserved)
    {
        try
        {
            reserved = file.IsReserved;
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            reserved = false;
            return Fail(e, SqliteCode.IoErrorCheckReservedLock);
        }
    }

    /// <summary>Answers a file control. <see cref="FileControl.ArgumentOf"/> says which argument it has, a value or a text.</summary>
    public int Control(int opcode, ref long value, ref string? text)
    {
        try
        {
            switch (opcode)
            {
                case FileControl.LockState:
                    value = (long)_level;
                    return SqliteCode.Ok;
                case FileControl.VfsName:
                    text = vfs.Name;
                    return SqliteCode.Ok;
                case FileControl.LastErrorNumber:
                    value = VfsErrors.SystemErrorOf(_failure);
                    return SqliteCode.Ok;
                case FileControl.PersistWal:
                    if (value >= 0)
                        _keepsLog = value != 0;
                    value = _keepsLog ? 1 : 0;
                    return SqliteCode.Ok;
                case FileControl.PowersafeOverwrite:
                    if (value >= 0)
                        IsPowersafe = value != 0;
                    value = IsPowersafe ? 1 : 0;
                    return SqliteCode.Ok;
                case FileControl.HasMoved when file is IHasMoved movable:
                    value = movable.HasMoved ? 1 : 0;
                    return SqliteCode.Ok;
                case FileControl.Sync when file is IFileSync sync:
                    sync.BeforeSync();
                    return SqliteCode.Ok;
                case FileControl.CommitPhaseTwo when file is ICommitPhaseTwo commit:
                    commit.CommitPhaseTwo();
                    return SqliteCode.Ok;
                default:
                    return SqliteCode.NotFound;
            }
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorWrite);
        }
    }

    private int Close()
    {
        try
        {
            file.Dispose();
            if (flags.HasFlag(OpenFlags.DeleteOnClose))
                vfs.DeleteClosed(path!.Value);
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorClose);
        }
        finally
        {
            _level = LockLevel.None;
            _isMapped = false;
            EndUseIfUnlocked();
            if (lease is not null)
                VfsCall.Current.NoteClosed(lease);
            if (path is { } named)
                vfs.Files.Forget(named);
        }
    }

    /// <summary>Keeps the lease here for what is about to be locked; <see langword="false"/> when it is not here.</summary>
    private bool TryUse()
    {
        if (!_isUsing && lease is not null && !lease.TryLock())
            return false;
        _isUsing = true;
        return true;
    }

    /// <summary>Lets the lease go when nothing is locked for which it must be here.</summary>
    private void EndUseIfUnlocked()
    {
        if (!_isUsing || _level > LockLevel.Shared || (_isMapped ? _locksIndex : _level == LockLevel.Shared))
            return;
        _isUsing = false;
        lease?.EndLock();
    }

    /// <summary>Notes whether the header of a database, if this is one, says that there is a write-ahead log.</summary>
    private void NoteHeader(ReadOnlySpan<byte> start)
    {
        if (!IsHeader(start))
            return;
        _isLogged = DatabaseHeader.IsWriteAheadLogged(start);
        _isPlain = !_isLogged;
    }

    private void NoteWrittenHeader(ReadOnlySpan<byte> start)
    {
        bool isLogged = DatabaseHeader.IsWriteAheadLogged(start);
        if (isLogged && VfsCall.Current.MarksRollback)
            DatabaseHeader.MarkRollback(file);
        _isPlain = !isLogged;
    }

    private bool IsHeader(ReadOnlySpan<byte> start) => start.Length >= DatabaseHeader.Size && flags.HasFlag(OpenFlags.MainDatabase);

    /// <summary>
    /// Says why SQLite answers SQLITE_CANTOPEN when a database has a write-ahead log: once it knows, it asks for nothing but the end of its
    /// lock. A connection that has the database alone needs no shared memory for the log, but more than a shared lock.
    /// </summary>
    private void TellLog()
    {
        if (HasSharedMemory || HasWalIndex || (!_isLogged && !vfs.HasFoundLog))
            return;
        VfsCall call = VfsCall.Current;
        if (!_isLogged && (call.FoundLog is null || call.FoundLog != path))
            return;
        call.FoundLog = null;
        string why = vfs.HasWriteAheadLogs
            ? "which is not possible through a link to a file: open it by its own path"
            : "which this backend does not offer; set journal_mode=DELETE with a program that does";
        var reason = new StorageException(StorageErrorKind.Unavailable, $"\"{path}\" was last used with journal_mode=WAL, {why}.");
        if (_isLogTold)
            call.Failure = reason;
        else
            Fail(reason, SqliteCode.CantOpen);
        _isLogTold = true;
    }

    private int Fail(Exception failure, int operation)
    {
        _failure = failure;
        return vfs.Fail(failure, operation, path?.Value);
    }
}
