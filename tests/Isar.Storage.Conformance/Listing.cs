namespace Isar.Storage.Conformance;

/// <summary>Lists of backends, for tests.</summary>
public static class Listing
{
    /// <summary>Lists all files.</summary>
    public static ValueTask<IReadOnlyList<StorageEntry>> ListAsync(this IStorageBackend backend, CancellationToken cancellationToken) =>
        backend.ListAsync(at: null, cancellationToken);
}
