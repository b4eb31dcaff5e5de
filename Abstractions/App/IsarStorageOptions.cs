namespace Isar.Storage;

/// <summary>The options of <c>AddIsarStorage</c>. Checked when the host starts and again when the storage is first used.</summary>
public sealed class IsarStorageOptions
{
    /// <summary>The value of <see cref="Directory"/> that means "keep everything in memory".</summary>
    public const string MemoryDirectory = ":memory:";

    /// <summary>The environment variable that means "keep everything in memory" when it is set and not empty.</summary>
    public const string MemoryEnvironmentVariable = "SQLITE_MEMORY_DIR";

    /// <summary>Gets or sets the directory that holds the databases.</summary>
    /// <value>
    /// A folder for native files (relative to the current directory), a directory inside the origin's private file system in a browser.
    /// <c>:memory:</c> means the same as <see cref="MemoryOnly"/>. The default value is <c>isar-storage</c>.
    /// </value>
    public string Directory { get; set; } = "isar-storage";

    /// <summary>
    /// Gets or sets the names of the backends that databases may live in. A new database is made in the first one that is available. An
    /// existing database is opened only where it lives.
    /// </summary>
    /// <value>
    /// At least one name, each only once. The default value is <see langword="null"/>: the persistent backends in the order in which they
    /// were added or, without a persistent one, the first that was added.
    /// </value>
    public IReadOnlyList<string>? Candidates { get; set; }

    /// <summary>
    /// Gets or sets whether opening a database first migrates it to the first candidate that is available, such as OPFS in a browser that
    /// did not have it before.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool MigrateOnOpen { get; set; }

    /// <summary>Gets or sets the used part of the platform's quota at which <c>IIsarStorage.QuotaNearlyUsed</c> is raised.</summary>
    /// <value>Above 0, at most 1. The default value is 0.8.</value>
    public double QuotaWarningRatio { get; set; } = 0.8;

    /// <summary>
    /// Gets or sets how many bytes SQLite's temporary files may take in memory, where a backend has no other place for them, as in a browser.
    /// A statement that needs more fails with <c>SQLITE_FULL</c>. It limits what SQLite puts into files, see
    /// <see href="https://sqlite.org/pragma.html#pragma_temp_store">PRAGMA temp_store</see>.
    /// </summary>
    /// <value>From 0, for the files of each backend together. The default value is 512 MiB.</value>
    public long MaxTemporaryBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>
    /// Gets or sets whether a new database gets a write-ahead log (<c>journal_mode=WAL</c>) when it is opened for the first time, where its backend
    /// offers one. It is kept in the database; an existing one keeps what it has, and <c>PRAGMA journal_mode</c> changes it. A commit is one flush
    /// then, and readers and a writer do not wait for each other; see <see href="https://sqlite.org/wal.html">Write-Ahead Logging</see>.
    /// </summary>
    /// <value>
    /// The default value is <see langword="true"/>. Set it to <see langword="false"/> for databases whose <c>page_size</c> you choose: SQLite takes
    /// it only as long as nothing was written, which the log's mode is.
    /// </value>
    public bool WriteAheadLog { get; set; } = true;

    /// <summary>Gets or sets whether every backend is replaced by memory and nothing is stored.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool MemoryOnly { get; set; }

    /// <summary>Gets or sets whether the backend for new databases becomes SQLite's default in this process, for code that names no VFS.</summary>
    /// <value>The default value is <see langword="false"/>, in a browser's worker <see langword="true"/>.</value>
    /// <remarks>
    /// This is for all code of the process, also for code that knows nothing of this storage: what it opens by a relative name is a database of
    /// the storage, with native files below <see cref="Directory"/> and not below the current directory. A full name must lie in
    /// <see cref="Directory"/> and is refused elsewhere (<c>SQLITE_CANTOPEN</c>; the log says why). Code that means other files names SQLite's
    /// own VFS: <c>Vfs=unix</c> in the connection string, on Windows <c>Vfs=win32</c>.
    /// </remarks>
    public bool UseAsSqliteDefault { get; set; }

    /// <summary>
    /// Gets or sets how long opening a database waits for files that another page or process still holds, such as a page being closed. Time
    /// spent on reading a database into memory does not count.
    /// </summary>
    /// <value>From 0 (do not wait) to 10 minutes. The default value is 15 seconds.</value>
    public TimeSpan OpenTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how long to wait for a database's lease, until another tab that uses the database hands it over.</summary>
    /// <value>From 0 (do not wait) to 10 minutes. The default value is 15 seconds.</value>
    public TimeSpan LeaseTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Gets or sets for how long <c>IIsarStorage.ExecuteInTransactionAsync</c> repeats a transaction while other connections are in its
    /// way. A running attempt is not cut off.
    /// </summary>
    /// <value>From 0 (one attempt) to 10 minutes. The default value is 15 seconds.</value>
    public TimeSpan TransactionTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets the approximate first delay between two attempts. Each further one is about twice as long, with jitter.</summary>
    /// <value>From 1 millisecond to 10 seconds. The default value is 20 milliseconds.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets or sets the longest delay between two attempts.</summary>
    /// <value>From <see cref="RetryDelay"/> to 1 minute. The default value is 1 second.</value>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(1);
}
