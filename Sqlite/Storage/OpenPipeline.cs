using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Isar.Storage.Sqlite;

/// <summary>
/// Waits for files that somebody else still holds, such as a page being closed: exponential back-off with jitter, bounded by
/// <see cref="IsarStorageOptions.OpenTimeout"/>. Used at asynchronous edges only, never while SQLite runs.
/// </summary>
internal sealed class OpenPipeline
{
    private static readonly TimeSpan _firstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan _maxDelay = TimeSpan.FromSeconds(1);
    private static readonly ResiliencePropertyKey<Episode> _episodeKey = new("isar.episode");

    private readonly TimeSpan _timeout;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _pipeline;

    public OpenPipeline(TimeSpan timeout, TimeProvider timeProvider, ILogger logger)
    {
        _timeout = timeout;
        _logger = logger;
        _pipeline = timeout == TimeSpan.Zero ? ResiliencePipeline.Empty : Build(timeProvider);
    }

    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> after the time-out, with the last attempt's failure inside.</exception>
    public async ValueTask<T> ExecuteAsync<T>(StoragePath database, Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellationToken);
        var episode = new Episode(database);
        context.Properties.Set(_episodeKey, episode);
        try
        {
            return await _pipeline.ExecuteAsync(static (c, run) => run(c.CancellationToken), context, attempt).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException e)
        {
            throw new StorageException(StorageErrorKind.Busy,
                $"The database \"{database}\" is still held by somebody else after {_timeout.TotalSeconds:0.##} s: {episode.LastFailure?.Message}",
                episode.LastFailure ?? e);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline Build(TimeProvider timeProvider) =>
        new ResiliencePipelineBuilder { Name = "open", TimeProvider = timeProvider }
            .AddTimeout(new TimeoutStrategyOptions { Timeout = _timeout < MinTimeout ? MinTimeout : _timeout })
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Exception is StorageException { IsTransient: true }),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = _firstDelay,
                MaxDelay = _maxDelay,
                OnRetry = args =>
                {
                    Episode episode = args.Context.Properties.GetValue(_episodeKey, null!);
                    episode.LastFailure = args.Outcome.Exception;
                    if (args.AttemptNumber == 0)
                        _logger.OpenWaits(episode.Database.Value, args.Outcome.Exception);
                    return default;
                },
            })
            .Build();

    /// <summary>The shortest time-out that Polly accepts.</summary>
    private static TimeSpan MinTimeout => TimeSpan.FromMilliseconds(10);

    private sealed class Episode(StoragePath database)
    {
        public StoragePath Database => database;

        public Exception? LastFailure { get; set; }
    }
}
