namespace Isar.Storage;

/// <summary>
/// One open file of a backend. All members are synchronous because SQLite is. A member that fails throws
/// <see cref="StorageException"/>; any other exception is reported to SQLite as an I/O error of the operation.
/// </summary>
/// <remarks>
/// A file object is used by one thread at a time; different file objects of the same path may be used by different threads.
/// Optional abilities are interfaces of their own (<see cref="ISizeHint"/>, <see cref="IWriteBehind"/>, <see cref="ITransactional"/>) that a file implements or leaves out.
/// </remarks>
public interface IStorageFile : IDisposable
{
    /// <summary>Gets or sets the file's length in bytes. Setting it cuts the file or extends it with zeros.</summary>
    long Length { get; set; }

    /// <summary>
    /// Gets whether any open file of the same path holds <see cref="LockLevel.Reserved"/> or more. Where one process can die while others
    /// go on, another file that was raised from <see cref="LockLevel.Shared"/> straight towards <see cref="LockLevel.Exclusive"/> must not
    /// count: it rolls back what the dead one left, which who asks here would take for a transaction in progress.
    /// </summary>
    bool IsReserved { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on.</summary>
    /// <returns>The bytes read: less than asked only where the file ends, 0 past its end. The rest of the buffer is not touched.</returns>
    int Read(Span<byte> destination, long offset);

    /// <summary>Writes all of <paramref name="source"/>; a gap between the old end and <paramref name="offset"/> reads as zeros.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Full"/> when not every byte could be stored.</exception>
    void Write(ReadOnlySpan<byte> source, long offset);

    /// <summary>Returns once everything written is as durable as <see cref="StorageCapabilities.Flush"/> says.</summary>
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

/// <summary>A file that can use knowledge of its coming size (<see href="https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html">SQLITE_FCNTL_SIZE_HINT</see>).</summary>
public interface ISizeHint
{
    /// <summary>Tells that the file will grow to about <paramref name="length"/> bytes. Its length must not change by it.</summary>
    void HintSize(long length);
}

/// <summary>A file that collects writes in memory before it passes them on.</summary>
public interface IWriteBehind
{
    /// <summary>
    /// Passes on what is collected, without making it durable. Called at the end of every transaction, also of those for which the app
    /// switched flushing off, so that a failure reaches the transaction it belongs to.
    /// </summary>
    void PassOnWrites();
}

/// <summary>A file that stores each transaction as a whole, and so has to know where it ends.</summary>
public interface ITransactional
{
    /// <summary>Called at the end of every committed transaction, when its changes are complete and its journal has ended.</summary>
    void Commit();
}
