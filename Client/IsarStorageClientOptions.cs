namespace Isar.Storage;

/// <summary>The options of <c>AddIsarStorageClient</c>. The worker checks them when it starts.</summary>
public sealed class IsarStorageClientOptions
{
    /// <summary>Gets or sets where <c>isar-dotnet.js</c> is: absolute, or relative to the page's base address (<c>document.baseURI</c>).</summary>
    /// <value>The default value is <c>_content/Isar.Storage.Client/isar-dotnet.js</c>, where a Blazor app serves it.</value>
    public string ScriptUrl { get; set; } = "_content/Isar.Storage.Client/isar-dotnet.js";

    /// <summary>Gets or sets where the worker's script is, absolute or relative to the page's base address. Its other files are beside it.</summary>
    /// <value>The default value is <see langword="null"/>: <c>isar-worker.js</c> beside <see cref="ScriptUrl"/>.</value>
    public string? WorkerUrl { get; set; }

    /// <summary>Gets or sets the directory that holds the databases; <c>:memory:</c> keeps everything in memory.</summary>
    /// <value>The default value is <see langword="null"/>: that of the worker, <c>isar-storage</c>.</value>
    public string? Directory { get; set; }

    /// <summary>
    /// Gets or sets the names of the backends that databases may live in, such as <c>opfs</c> and <c>indexeddb</c>. A new database is made
    /// in the first that is available; an existing one is looked for only where it was made.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: every persistent backend that the worker was built with, in its order.</value>
    public IReadOnlyList<string>? Candidates { get; set; }

    /// <summary>Gets or sets whether opening a database first migrates it to the first candidate that is available.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool MigrateOnOpen { get; set; }

    /// <summary>Gets or sets which part of the quota may be used before <see cref="IIsarStorageClient.QuotaNearlyUsed"/> is raised.</summary>
    /// <value>From above 0 to 1. The default value is 0.8.</value>
    public double QuotaWarningRatio { get; set; } = 0.8;

    /// <summary>
    /// Gets or sets how many bytes SQLite's temporary files may take in the worker's memory. A statement that needs more fails with
    /// <c>SQLITE_FULL</c>. SQLite makes files of temporary data after <c>PRAGMA temp_store = FILE</c>.
    /// </summary>
    /// <value>From 0. The default value is 512 MiB.</value>
    public long MaxTemporaryBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>
    /// Gets or sets whether a new database gets a write-ahead log (<c>journal_mode=WAL</c>) where that is offered, as in OPFS: a commit is one flush
    /// then. An existing one keeps what it has.
    /// </summary>
    /// <value>
    /// The default value is <see langword="true"/>. Set it to <see langword="false"/> for databases whose <c>page_size</c> you choose: SQLite takes
    /// it only as long as nothing was written, which the log's mode is.
    /// </value>
    public bool WriteAheadLog { get; set; } = true;

    /// <summary>Gets or sets whether nothing is stored and every database lives in memory until the worker stops.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool MemoryOnly { get; set; }

    /// <summary>
    /// Gets or sets how long a worker may take to start, at first and after one has died. Raise it for slow networks, which need time to load
    /// the worker's files.
    /// </summary>
    /// <value>Up to a day. The default value is 2 minutes.</value>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets how long opening a database waits for files that are still held, perhaps by a page that is being closed.</summary>
    /// <value>From 0 (do not wait) to 10 minutes. The default value is 15 seconds.</value>
    public TimeSpan OpenTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how long a call waits for another tab that is in a transaction on the same database.</summary>
    /// <value>From 0 (do not wait) to 10 minutes. The default value is 15 seconds.</value>
    public TimeSpan LeaseTimeout { get; set; } = TimeSpan.FromSeconds(15);
}
