namespace Isar.Storage;

/// <summary>The options of <c>AddIsarStorage</c>. Checked when the host starts and again when the storage is first used.</summary>
public sealed class IsarStorageOptions
{
    /// <summary>The value of <see cref="Directory"/> that means "keep everything in memory".</summary>
    public const string MemoryDirectory = ":memory:";

    /// <summary>The environment variable that, when it is set to anything but an empty text, means "keep everything in memory".</summary>
    public const string MemoryEnvironmentVariable = "SQLITE_MEMORY_DIR";

    /// <summary>Gets or sets the directory that holds the databases.</summary>
    /// <value>
    /// A folder for native files (relative to the current directory), a directory inside the origin's private file system in a browser.
    /// <c>:memory:</c> means the same as <see cref="MemoryOnly"/>. The default value is <c>isar-storage</c>.
    /// </value>
    public string Directory { get; set; } = "isar-storage";

    /// <summary>
    /// Gets or sets the names of the backends that databases may live in. A new database is made in the first that is available; one that
    /// exists is looked for where it was made, and never anywhere else.
    /// </summary>
    /// <value>
    /// At least one name, none twice. The default value is <see langword="null"/>: the persistent backends in the order in which they were
    /// added, or where there are none the first that was added.
    /// </value>
    public IReadOnlyList<string>? Candidates { get; set; }

    /// <summary>
    /// Gets or sets whether opening a database first migrates it to the first candidate that is available, such as OPFS in a browser that
    /// did not have it before.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool MigrateOnOpen { get; set; }

    /// <summary>Gets or sets which part of the platform's quota may be used before <c>IIsarStorage.QuotaNearlyUsed</c> tells.</summary>
    /// <value>From above 0 to 1. The default value is 0.8.</value>
    public double QuotaWarningRatio { get; set; } = 0.8;

    /// <summary>Gets or sets whether every backend is replaced by memory and nothing is stored.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool MemoryOnly { get; set; }

    /// <summary>Gets or sets whether the backend for new databases becomes SQLite's default in this process, for code that names no VFS.</summary>
    /// <value>The default value is <see langword="false"/>, in a browser's worker <see langword="true"/>.</value>
    public bool UseAsSqliteDefault { get; set; }

    /// <summary>
    /// Gets or sets how long opening a database waits for files that somebody else still holds, such as a page being closed. Time in which
    /// a database is read into memory does not count.
    /// </summary>
    /// <value>From 0 (do not wait) to 10 minutes. The default value is 15 seconds.</value>
    public TimeSpan OpenTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Gets or sets how long a wait for a database's lease lasts: for another tab that uses the database to hand it over.
    /// </summary>
    /// <value>From 0 (do not wait) to 10 minutes. The default value is 15 seconds.</value>
    public TimeSpan LeaseTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Gets or sets how long <c>IIsarStorage.ExecuteInTransactionAsync</c> begins new attempts of a transaction that others are in the
    /// way of. An attempt that has begun is not cut off.
    /// </summary>
    /// <value>From 0 (one attempt) to 10 minutes. The default value is 15 seconds.</value>
    public TimeSpan TransactionTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets about how long the first delay between two attempts is; each further one is about twice as long, with jitter.</summary>
    /// <value>From 1 millisecond to 10 seconds. The default value is 20 milliseconds.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets or sets the longest delay between two attempts.</summary>
    /// <value>From <see cref="RetryDelay"/> to 1 minute. The default value is 1 second.</value>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(1);
}
