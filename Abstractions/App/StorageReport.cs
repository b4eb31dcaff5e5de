namespace Isar.Storage;

/// <summary>What storage an app or a page got, and why; for the app to show and to log.</summary>
public sealed record StorageReport
{
    /// <summary>Gets the name of the backend in use, such as <c>opfs</c>: the one in which a new database is made.</summary>
    public required string Backend { get; init; }

    /// <summary>Gets why this backend is in use, as a sentence for people.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets where its files are, for people.</summary>
    public required string Location { get; init; }

    /// <summary>Gets what an acknowledged commit survives.</summary>
    public required StorageDurability Durability { get; init; }

    /// <summary>Gets who may use a database at the same time.</summary>
    public required StorageSharing Sharing { get; init; }

    /// <summary>Gets whether data outlives the process or page.</summary>
    public required bool Persistent { get; init; }

    /// <summary>Gets the bytes that the files of all available backends take together, journals included.</summary>
    public required long UsedBytes { get; init; }

    /// <summary>Gets the bytes that SQLite's temporary files take in memory just now.</summary>
    public required long TemporaryBytes { get; init; }

    /// <summary>Gets the candidates that are not available here, in their order.</summary>
    public IReadOnlyList<RejectedBackend> Rejected { get; init; } = [];

    /// <summary>Gets the databases, also those whose backend is not available now, in ordinal order of their names.</summary>
    public IReadOnlyList<DatabaseEntry> Databases { get; init; } = [];

    /// <summary>Gets how much space the platform grants, or <see langword="null"/> where it does not say.</summary>
    public StorageQuota? Quota { get; init; }
}

/// <summary>A candidate that is not available.</summary>
/// <param name="Backend">Its name.</param>
/// <param name="Reason">Why, as a sentence for people.</param>
public sealed record RejectedBackend(string Backend, string Reason);

/// <summary>One database.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Backend">The name of the backend that it lives in.</param>
/// <param name="Length">The length of its file in bytes, without journals; <see langword="null"/> when its backend is not available.</param>
public sealed record DatabaseEntry(StoragePath Path, string Backend, long? Length);
