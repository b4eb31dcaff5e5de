using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Tells when most of the platform's quota is used. Safe for any threads; its failures are logged and reach no caller.</summary>
internal sealed class QuotaWatch(IStorageQuota quota, double warningRatio, TimeProvider timeProvider, ILogger logger) : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _disposing = new();
    private long _nextLook = long.MinValue;
    private bool _isNearlyUsed;

    public event EventHandler<StorageQuota>? NearlyUsed;

    /// <summary>Looks at the quota, unless that was done a moment ago. Completes on its own; failures are logged.</summary>
    public void Look()
    {
        long now = timeProvider.GetTimestamp();
        long next = Volatile.Read(ref _nextLook);
        if (now < next || _disposing.IsCancellationRequested)
            return;
        long after = now + (long)(_interval.TotalSeconds * timeProvider.TimestampFrequency);
        if (Interlocked.CompareExchange(ref _nextLook, after, next) == next)
            _ = LookAsync();
    }

    /// <summary>Asks the platform for its estimates; <see langword="null"/> where it does not say, or fails.</summary>
    public async ValueTask<StorageQuota?> EstimateAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await quota.EstimateAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.QuotaUnknown(e);
            return null;
        }
    }

    public void Dispose() => _disposing.Cancel();

    private async Task LookAsync()
    {
        try
        {
            if (await EstimateAsync(_disposing.Token).ConfigureAwait(false) is { QuotaBytes: > 0 } estimate)
                Judge(estimate);
        }
        catch (OperationCanceledException) when (_disposing.IsCancellationRequested)
        {
            // The storage is disposed; its event is not raised any more.
        }
    }

    private void Judge(StorageQuota estimate)
    {
        bool isNearlyUsed = estimate.UsageBytes >= warningRatio * estimate.QuotaBytes;
        if (!Interlocked.Exchange(ref _isNearlyUsed, isNearlyUsed) && isNearlyUsed)
        {
            logger.QuotaNearlyUsed(estimate.UsageBytes, estimate.QuotaBytes);
            NearlyUsed.RaiseEach(this, estimate, nameof(IIsarStorage.QuotaNearlyUsed), logger);
        }
    }
}
