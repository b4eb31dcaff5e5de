namespace Isar.Storage.Sqlite;

/// <summary>
/// SQLite's view of an open file: one method per member of <see href="https://sqlite.org/c3ref/io_methods.html">sqlite3_io_methods</see>.
/// Every method returns a result code and never throws. Used by one thread at a time, as SQLite does.
/// </summary>
/// <param name="vfs">The adapter.</param>
/// <param name="file">The backend's file.</param>
/// <param name="path">Its path, or <see langword="null"/> for a temporary file.</param>
/// <param name="deleteOnClose">Whether it is deleted when it is closed.</param>
/// <param name="lease">The lease without which it cannot be locked, where there is one.</param>
internal sealed class SqliteFile(SqliteVfs vfs, IStorageFile file, StoragePath? path, bool deleteOnClose, DatabaseLease? lease = null)
{
    /// <summary>The default of SQLite's own VFSes; see <see href="https://sqlite.org/atomiccommit.html">Atomic Commit</see>, section 2.</summary>
    public const int SectorSize = 4096;

    private LockLevel _level;

    /// <summary>The numbers that bindings know open files by.</summary>
    public static HandleTable<SqliteFile> Handles { get; } = new();

    public int DeviceCharacteristics => path is null ? Sqlite.DeviceCharacteristics.Volatile : vfs.DeviceCharacteristics;

    public static int Close(int handle) => Handles.Remove(handle).Close();

    public int Read(Span<byte> destination, long offset)
    {
        try
        {
            int count = file.Read(destination, offset);
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
        bool isFirst = _level == LockLevel.None;
        if (isFirst && lease is not null && !lease.TryLock())
            return SqliteCode.Busy;
        try
        {
            if (file.TryLock((LockLevel)level))
            {
                _level = (LockLevel)level;
                return SqliteCode.Ok;
            }
            if (isFirst)
                lease?.EndLock();
            return SqliteCode.Busy;
        }
        catch (Exception e)
        {
            if (isFirst)
                lease?.EndLock();
            return Fail(e, SqliteCode.IoErrorLock);
        }
    }

    public int Unlock(int level)
    {
        try
        {
            file.Unlock((LockLevel)level);
            SetLevel((LockLevel)level);
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
                case FileControl.PowersafeOverwrite when value < 0:
                    value = 1;
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
            if (deleteOnClose)
                vfs.DeleteClosed(path!.Value);
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorClose);
        }
        finally
        {
            SetLevel(LockLevel.None);
            if (path is { } named)
                vfs.Files.Forget(named);
        }
    }

    private void SetLevel(LockLevel level)
    {
        bool ends = _level != LockLevel.None && level == LockLevel.None;
        _level = level;
        if (ends)
            lease?.EndLock();
    }

    private int Fail(Exception failure, int operation) => vfs.Fail(failure, operation, path?.Value);
}
