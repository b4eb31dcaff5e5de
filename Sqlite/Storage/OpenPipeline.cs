using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

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
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline _pipeline;

    public OpenPipeline(TimeSpan timeout, TimeProvider timeProvider, ILogger logger)
    {
        _timeout = timeout;
        _timeProvider = timeProvider;
        _logger = logger;
        _pipeline = Build();
    }

    /// <inheritdoc cref="ExecuteAsync{T}(StoragePath, IProgress{StorageProgress}, Func{IProgress{StorageProgress}, CancellationToken, ValueTask{T}}, CancellationToken)"/>
    public ValueTask<T> ExecuteAsync<T>(StoragePath database, Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken) =>
        ExecuteAsync(database, progress: null, (_, token) => attempt(token), cancellationToken);

    /// <summary>Tries until it succeeds or the time is over. Time in which an attempt makes progress does not count: reading a large database is no wait.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> after the time-out, with the last attempt's failure inside.</exception>
    public async ValueTask<T> ExecuteAsync<T>(
        StoragePath database,
        IProgress<StorageProgress>? progress,
        Func<IProgress<StorageProgress>?, CancellationToken, ValueTask<T>> attempt,
        CancellationToken cancellationToken)
    {
        if (_timeout == TimeSpan.Zero)
            return await attempt(progress, cancellationToken).ConfigureAwait(false);
        using var deadline = new Deadline(_timeout, _timeProvider, progress, cancellationToken);
        ResilienceContext context = ResilienceContextPool.Shared.Get(deadline.Token);
        var episode = new Episode(database);
        context.Properties.Set(_episodeKey, episode);
        try
        {
            return await _pipeline.ExecuteAsync(
                static (c, state) => state.attempt(state.deadline, c.CancellationToken), context, (attempt, deadline)).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (deadline.IsOver && !cancellationToken.IsCancellationRequested)
        {
            throw new StorageException(StorageErrorKind.Busy,
                $"The database \"{database}\" is still held by somebody else after {_timeout.TotalSeconds:0.##} s: {episode.LastFailure?.Message ?? "making it ready did not get any further."}",
                episode.LastFailure ?? e);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline Build() =>
        new ResiliencePipelineBuilder { Name = "open", TimeProvider = _timeProvider }
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

    private sealed class Episode(StoragePath database)
    {
        public StoragePath Database => database;

        public Exception? LastFailure { get; set; }
    }

    /// <summary>Ends the wait when nothing has happened for the time-out.</summary>
    private sealed class Deadline : IProgress<StorageProgress>, IDisposable
    {
        private readonly Lock _gate = new();
        private readonly TimeSpan _timeout;
        private readonly IProgress<StorageProgress>? _progress;
        private readonly CancellationTokenSource _over;
        private readonly CancellationTokenSource _either;
        private bool _disposed;

        public Deadline(TimeSpan timeout, TimeProvider timeProvider, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
        {
            _timeout = timeout;
            _progress = progress;
            _over = new CancellationTokenSource(timeout, timeProvider);
            _either = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, cancellationToken);
        }

        public CancellationToken Token => _either.Token;

        public bool IsOver => _over.IsCancellationRequested;

        public void Report(StorageProgress value)
        {
            lock (_gate)
            {
                if (!_disposed)
                    _over.CancelAfter(_timeout);
            }
            _progress?.Report(value);
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _disposed = true;
                _either.Dispose();
                _over.Dispose();
            }
        }
    }
}
