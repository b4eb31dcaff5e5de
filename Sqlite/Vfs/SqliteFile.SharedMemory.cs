using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <content>The shared memory of a database, which SQLite needs for a write-ahead log.</content>
internal sealed partial class SqliteFile
{
    private const int UnlockFlag = 1;
    private const int ExclusiveFlag = 8;

    /// <summary>The slot that a connection locks to write.</summary>
    private const int WriteSlot = 0;

    private readonly ISharedMemory? _sharedMemory = flags.HasFlag(OpenFlags.MainDatabase) ? file as ISharedMemory : null;

    /// <summary>Gets whether there is any. Without it SQLite must not be given the functions for it.</summary>
    public bool HasSharedMemory => _sharedMemory is not null;

    /// <summary>Gets or sets whether this connection changes nothing in it: <c>readonly_shm</c> of the database's name.</summary>
    public bool IsSharedMemoryReadOnly { get; set; }

    public int ShmMap(int region, int length, bool extend, out nint address)
    {
        address = 0;
        try
        {
            vfs.NoteWriteAheadLog(raw.sqlite3_libversion_number());
            return _sharedMemory!.ShmMap(region, length, extend, IsSharedMemoryReadOnly, out address) switch
            {
                SharedMemoryAccess.ReadOnly => SqliteCode.ReadOnly,
                SharedMemoryAccess.ReadOnlyStale => SqliteCode.ReadOnlyCantInit,
                _ => SqliteCode.Ok,
            };
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorShmMap);
        }
    }

    /// <summary>
    /// Locks or unlocks slots, as flags say (<see href="https://sqlite.org/c3ref/c_shm_exclusive.html">Flags for the xShmLock VFS method</see>).
    /// </summary>
    public int ShmLock(int slot, int count, int what)
    {
        try
        {
            bool isExclusive = (what & ExclusiveFlag) != 0;
            // With a rollback journal SQLite asks for this itself before it writes.
            if ((what & UnlockFlag) == 0 && isExclusive && slot == WriteSlot && file is IHasMoved { HasMoved: true })
                return SqliteCode.ReadOnlyDatabaseMoved;
            if ((what & UnlockFlag) == 0)
                return _sharedMemory!.TryShmLock(slot, count, isExclusive) ? SqliteCode.Ok : SqliteCode.Busy;
            _sharedMemory!.ShmUnlock(slot, count);
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorShmLock);
        }
    }

    /// <summary>Lets no read or write of memory pass from one side of it to the other.</summary>
    public static void ShmBarrier() => Interlocked.MemoryBarrier();

    public int ShmUnmap(bool delete)
    {
        try
        {
            _sharedMemory!.ShmUnmap(delete);
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorShmMap);
        }
    }
}
