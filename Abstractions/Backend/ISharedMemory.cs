namespace Isar.Storage;

/// <summary>
/// A database file whose connections share memory, in which SQLite keeps the index of a write-ahead log and locks it
/// (<see href="https://sqlite.org/walformat.html#the_wal_index_file_format">WAL-Index File Format</see>). Without it there is no
/// <c>journal_mode=WAL</c>, but for a connection that has the database for itself.
/// </summary>
/// <remarks>
/// <para>
/// The members are those of <see href="https://sqlite.org/c3ref/io_methods.html">sqlite3_io_methods</see>. There is no fence among them: the
/// adapter makes that itself. Each open file is one holder of locks; who is in one process, or thread, makes no difference. All who may have
/// the database open at the same time must meet in the same memory and the same locks, or they damage it.
/// </para>
/// <para>
/// As all of a file, it is used by one thread at a time; other files of the same path may be used by other threads at that time, which
/// read and write the same memory.
/// </para>
/// </remarks>
public interface ISharedMemory
{
    /// <summary>Gets the memory of a region, which keeps its address until <see cref="ShmUnmap"/>. SQLite's xShmMap.</summary>
    /// <param name="region">Its number, from 0 on.</param>
    /// <param name="length">Its length in bytes, the same for all regions of a database: 32768.</param>
    /// <param name="extend">Whether a region that nobody has made yet is made, of zeros. Only the one who may write asks for it.</param>
    /// <param name="readOnly">Whether this connection wants to change nothing in it (<c>readonly_shm=1</c> in the name of a database).</param>
    /// <param name="address">
    /// Where the SQLite engine finds it, in the memory of that engine; 0 for a region that nobody has made, and when it cannot be used.
    /// </param>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Busy"/> while another holder is just beginning; <see cref="StorageErrorKind.Full"/> without space for it.
    /// </exception>
    SharedMemoryAccess ShmMap(int region, int length, bool extend, bool readOnly, out nint address);

    /// <summary>Locks some of the eight slots; never waits. The file holds none of them, and has called <see cref="ShmMap"/>.</summary>
    /// <param name="slot">The first, from 0 on.</param>
    /// <param name="count">How many; more than one only if <paramref name="exclusive"/>: then all of them or none.</param>
    /// <param name="exclusive">Whether nobody else may hold them, or others may share them.</param>
    /// <returns><see langword="false"/> when another file is in the way.</returns>
    bool TryShmLock(int slot, int count, bool exclusive);

    /// <summary>Unlocks what one <see cref="TryShmLock"/> has locked.</summary>
    void ShmUnlock(int slot, int count);

    /// <summary>
    /// Gives up the memory and all slots; a file that has none does nothing. Closing the file does it too, but never deletes.
    /// SQLite's xShmUnmap.
    /// </summary>
    /// <param name="delete">Whether the memory can go: this is the last connection to the database.</param>
    void ShmUnmap(bool delete);
}

/// <summary>What can be done with shared memory.</summary>
public enum SharedMemoryAccess
{
    /// <summary>It is read and written.</summary>
    ReadWrite,

    /// <summary>It may only be read. Somebody who may write it has the database open.</summary>
    ReadOnly,

    /// <summary>It may only be read, but what is in it means nothing: nobody who may write it has the database open.</summary>
    ReadOnlyStale,
}
