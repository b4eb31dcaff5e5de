namespace Isar.Storage;

/// <summary>Tells how much space a platform grants, where it does.</summary>
public interface IStorageQuota
{
    /// <summary>Asks the platform; <see langword="null"/> where it does not say.</summary>
    ValueTask<StorageQuota?> EstimateAsync(CancellationToken cancellationToken);
}

/// <summary>A platform's estimates of the space that it grants (<see href="https://storage.spec.whatwg.org/">Storage Standard</see>).</summary>
/// <param name="UsageBytes">What everything that this app or origin stores takes, not only its databases.</param>
/// <param name="QuotaBytes">What it may take.</param>
/// <param name="Persisted">Whether the platform asks the user before it deletes it when space runs out.</param>
public sealed record StorageQuota(long UsageBytes, long QuotaBytes, bool Persisted);
