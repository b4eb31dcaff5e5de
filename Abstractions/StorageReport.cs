namespace Isar.Storage;

/// <summary>What storage an app got, and why; for the app to show and to log.</summary>
public sealed record StorageReport
{
    /// <summary>Gets the name of the backend in use.</summary>
    public required string Backend { get; init; }

    /// <summary>Gets why this backend is in use, as a sentence for people.</summary>
    public required string Reason { get; init; }

    /// <summary>Gets where the files are, for people.</summary>
    public required string Location { get; init; }

    /// <summary>Gets what the backend guarantees.</summary>
    public required StorageCapabilities Capabilities { get; init; }

    /// <summary>Gets the bytes that the files of this storage take together.</summary>
    public required long UsedBytes { get; init; }
}
