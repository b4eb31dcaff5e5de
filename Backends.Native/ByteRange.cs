namespace Isar.Storage.Backends.Native;

/// <summary>
/// The bytes of a database file that SQLite locks, the same on every platform
/// (<see href="https://sqlite.org/lockingv3.html">File Locking And Concurrency</see>; the numbers are those of SQLite's <c>os.h</c>).
/// They need not exist, and no data is ever stored in them.
/// </summary>
internal readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>Every new reader locks it for a moment; a writer that waits for readers to end keeps it locked.</summary>
    public static readonly ByteRange Pending = new(0x4000_0000, 1);

    /// <summary>Locked by the one process that is going to write.</summary>
    public static readonly ByteRange Reserved = new(0x4000_0001, 1);

    /// <summary>Every reader has a shared lock on it, a writer an exclusive one.</summary>
    public static readonly ByteRange Shared = new(0x4000_0002, 510);

    /// <summary>The pending and the reserved byte.</summary>
    public static readonly ByteRange Writer = new(Pending.Start, 2);

    /// <summary>All bytes that SQLite locks.</summary>
    public static readonly ByteRange All = new(Pending.Start, 2 + Shared.Length);

    /// <summary>
    /// Not one of SQLite's: a shared lock on it tells that this library has the database open, also between transactions. Behind everything
    /// that is ever stored, because Windows keeps others from writing locked bytes.
    /// </summary>
    public static readonly ByteRange Membership = new(0x4000_0000_0000_0000, 1);
}
