namespace Isar.Storage;

/// <summary>
/// One open file of a backend. All members are synchronous because SQLite is. A member that fails throws
/// <see cref="StorageException"/>; any other exception is reported to SQLite as an I/O error of the operation.
/// </summary>
/// <remarks>
/// A file object is used by one thread at a time; different file objects of the same path may be used by different threads.
/// Optional abilities are interfaces of their own (<see cref="IFileSync"/>, <see cref="ICommitPhaseTwo"/>, <see cref="ILogWrites"/>,
/// <see cref="IHasMoved"/>, <see cref="ISharedMemory"/>, <see cref="IDirectReads"/>) that a file implements or leaves out.
/// </remarks>
public interface IStorageFile : IDisposable
{
    /// <summary>Gets the file's length in bytes.</summary>
    long Length { get; }

    /// <summary>
    /// Gets whether any open file of the same path holds <see cref="LockLevel.Reserved"/> or more. A file that goes from
    /// <see cref="LockLevel.Shared"/> straight to <see cref="LockLevel.Exclusive"/> is rolling back a hot journal. Across processes it
    /// must not count, or SQLite takes the recovery for a live transaction.
    /// </summary>
    bool IsReserved { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on.</summary>
    /// <returns>The bytes read: less than asked only where the file ends, 0 past its end. The rest of the buffer is not touched.</returns>
    int Read(Span<byte> destination, long offset);

    /// <summary>Writes all of <paramref name="source"/>; a gap between the old end and <paramref name="offset"/> reads as zeros.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Full"/> when not every byte could be stored.</exception>
    void Write(ReadOnlySpan<byte> source, long offset);

    /// <summary>Cuts the file to a length in bytes, or extends it with zeros.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Full"/> when it cannot become so long.</exception>
    void SetLength(long length);

    /// <summary>Returns once everything written is as durable as <see cref="StorageCapabilities.Durability"/> says.</summary>
    void Flush();

    /// <summary>
    /// Raises this file's lock to <paramref name="level"/>: <see cref="LockLevel.Shared"/>, <see cref="LockLevel.Reserved"/> or
    /// <see cref="LockLevel.Exclusive"/>. A failed step from <see cref="LockLevel.Shared"/> or
    /// <see cref="LockLevel.Reserved"/> to Exclusive leaves <see cref="LockLevel.Pending"/>. Never waits.
    /// </summary>
    /// <returns><see langword="false"/> when another holder is in the way; the lock held before is kept.</returns>
    bool TryLock(LockLevel level);

    /// <summary>Lowers this file's lock to <see cref="LockLevel.Shared"/> or <see cref="LockLevel.None"/>.</summary>
    void Unlock(LockLevel level);
}

/// <summary>
/// A file that is told when SQLite is about to flush it
/// (<see href="https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlsync">SQLITE_FCNTL_SYNC</see>).
/// </summary>
public interface IFileSync
{
    /// <summary>
    /// Called at every commit before <see cref="IStorageFile.Flush"/>, and in its place when the app switched flushing off. A file that collects
    /// writes passes them on here, so that a write that fails late still fails the transaction that it belongs to.
    /// </summary>
    void BeforeSync();
}

/// <summary>
/// A file that is told when a commit is complete
/// (<see href="https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlcommitphasetwo">SQLITE_FCNTL_COMMIT_PHASETWO</see>).
/// </summary>
public interface ICommitPhaseTwo
{
    /// <summary>Called at the end of every committed transaction, when its changes are complete and its journal has ended.</summary>
    void CommitPhaseTwo();
}

/// <summary>
/// A database that is used by turns and collects writes, and that is told when a transaction that wrote to its write-ahead log, or a checkpoint, has
/// ended: SQLite has unlocked <see href="https://sqlite.org/walformat.html#wal_locks">WAL_WRITE_LOCK or WAL_CKPT_LOCK</see>.
/// </summary>
public interface ILogWrites
{
    /// <summary>
    /// Called at the end of every one of them, committed or not. Passes on what is collected. Of a commit that fails here SQLite learns by
    /// <see cref="ICommitPhaseTwo"/>.
    /// </summary>
    /// <param name="isCheckpoint">Whether it was a checkpoint.</param>
    /// <returns>
    /// Whether writes that SQLite takes for done were lost. Then it makes its index of the log anew from what is stored.
    /// </returns>
    bool EndLogWrites(bool isCheckpoint);
}

/// <summary>
/// A file that others can move, replace or delete while it is open here
/// (<see href="https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlhasmoved">SQLITE_FCNTL_HAS_MOVED</see>).
/// </summary>
public interface IHasMoved
{
    /// <summary>
    /// Gets whether the file's path leads to another file now, or to none. SQLite asks before it writes and then refuses to: the journal would
    /// stand beside a database that it does not belong to.
    /// </summary>
    bool HasMoved { get; }
}
