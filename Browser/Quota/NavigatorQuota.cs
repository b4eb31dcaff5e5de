using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>What the browser grants this origin, by <c>navigator.storage</c>.</summary>
internal sealed class NavigatorQuota : IStorageQuota
{
    public async ValueTask<StorageQuota?> EstimateAsync(CancellationToken cancellationToken)
    {
        using JSObject? estimate = await QuotaInterop.EstimateAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        return estimate is null
            ? null
            : new StorageQuota(
                (long)estimate.GetPropertyAsDouble("usage"),
                (long)estimate.GetPropertyAsDouble("quota"),
                estimate.GetPropertyAsBoolean("persisted"));
    }
}
