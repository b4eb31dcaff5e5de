namespace Isar.Storage;

/// <summary>
/// The options with which the page started the worker. They are in <see cref="IsarStorageOptions"/> before the worker's own code runs.
/// </summary>
public sealed record WorkerStart
{
    /// <summary>Gets the page's address without query and fragment, or <see langword="null"/> when it is not known.</summary>
    public string? Page { get; init; }

    /// <summary>Gets the directory that the page names, or <see langword="null"/> for the default.</summary>
    public string? Directory { get; init; }

    /// <summary>Gets the names of the backends that databases may live in, in their order, or <see langword="null"/> for the default.</summary>
    public IReadOnlyList<string>? Candidates { get; init; }

    /// <summary>Gets whether opening a database first migrates it to the first candidate that is available.</summary>
    public bool MigrateOnOpen { get; init; }

    /// <summary>Gets which part of the quota may be used before the page is warned, or <see langword="null"/> for the default.</summary>
    public double? QuotaWarningRatio { get; init; }

    /// <summary>Gets how many bytes SQLite's temporary files may take in memory, or <see langword="null"/> for the default.</summary>
    public long? MaxTemporaryBytes { get; init; }

    /// <summary>Gets whether new databases get a write-ahead log.</summary>
    public bool WriteAheadLog { get; init; } = true;

    /// <summary>Gets whether the page wants everything kept in memory.</summary>
    public bool MemoryOnly { get; init; }

    /// <summary>Gets how long opening a database may wait, or <see langword="null"/> for the default.</summary>
    public TimeSpan? OpenTimeout { get; init; }

    /// <summary>Gets how long a wait for a database that another tab uses may last, or <see langword="null"/> for the default.</summary>
    public TimeSpan? LeaseTimeout { get; init; }

    /// <summary>Gets how long a transaction is tried again, or <see langword="null"/> for the default.</summary>
    public TimeSpan? TransactionTimeout { get; init; }

    /// <summary>Describes this worker in the errors of pages that wait for its databases.</summary>
    internal string Describe(DateTimeOffset now) => $"the page {Page ?? "of an unknown address"}, opened at {now:HH:mm:ss} UTC";

    internal void ApplyTo(IsarStorageOptions options)
    {
        options.Directory = Directory ?? options.Directory;
        options.Candidates = Candidates ?? options.Candidates;
        options.MigrateOnOpen = MigrateOnOpen;
        options.QuotaWarningRatio = QuotaWarningRatio ?? options.QuotaWarningRatio;
        options.MaxTemporaryBytes = MaxTemporaryBytes ?? options.MaxTemporaryBytes;
        options.WriteAheadLog = WriteAheadLog;
        options.MemoryOnly = MemoryOnly;
        options.OpenTimeout = OpenTimeout ?? options.OpenTimeout;
        options.LeaseTimeout = LeaseTimeout ?? options.LeaseTimeout;
        options.TransactionTimeout = TransactionTimeout ?? options.TransactionTimeout;
        options.UseAsSqliteDefault = true;
    }
}
