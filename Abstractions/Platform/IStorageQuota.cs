namespace Isar.Storage;

/// <summary>Tells how much space the platform grants.</summary>
public interface IStorageQuota
{
    /// <summary>Asks the platform for its estimates; <see langword="null"/> where it does not say.</summary>
    ValueTask<StorageQuota?> EstimateAsync(CancellationToken cancellationToken);
}

/// <summary>A platform's estimates of the space that it grants (<see href="https://storage.spec.whatwg.org/">Storage Standard</see>).</summary>
/// <param name="UsageBytes">The space that all data of this app or origin takes, not only its databases.</param>
/// <param name="QuotaBytes">The space that it may take.</param>
/// <param name="Persisted">Whether the platform asks the user before it deletes the data to free space.</param>
public sealed record StorageQuota(long UsageBytes, long QuotaBytes, bool Persisted);
