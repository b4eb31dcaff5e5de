namespace Isar.Storage;

/// <summary>
/// SQLite's five levels of a lock on a database file, weakest first.
/// See <see href="https://sqlite.org/lockingv3.html">File Locking And Concurrency</see>.
/// </summary>
public enum LockLevel
{
    /// <summary>No lock; the file may be neither read nor written.</summary>
    None = 0,

    /// <summary>The holder reads; any number of holders.</summary>
    Shared = 1,

    /// <summary>The holder plans to write; one holder, beside any number of <see cref="Shared"/> ones.</summary>
    Reserved = 2,

    /// <summary>The holder waits for readers to leave; no new reader may take <see cref="Shared"/>. Never asked for directly.</summary>
    Pending = 3,

    /// <summary>The holder writes; no other file holds any lock.</summary>
    Exclusive = 4,
}
