using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Isar.Storage.Sqlite;

/// <summary>The pipelines of one service provider. Used at asynchronous edges only, never while SQLite runs.</summary>
internal sealed class PipelineSet
{
    private readonly IsarStorageOptions _options;
    private readonly PipelineConfiguration[] _configurations;
    private readonly TimeProvider _timeProvider;
    private readonly bool _useJitter;

    /// <param name="options">The time-outs and delays.</param>
    /// <param name="configurations">The app's changes of the pipelines.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Logs each episode with a wait once.</param>
    /// <param name="instruments">Count the episodes.</param>
    /// <param name="useJitter">Off in tests only, which must know each delay. Without it, all that wait for one database come back together.</param>
    /// <param name="describeHolder">Describes the known holder of a database, for the error after the time-out. Given a second at most.</param>
    public PipelineSet(
        IsarStorageOptions options,
        IEnumerable<PipelineConfiguration> configurations,
        TimeProvider timeProvider,
        ILogger logger,
        StorageInstruments instruments,
        bool useJitter = true,
        Func<StoragePath, CancellationToken, ValueTask<string?>>? describeHolder = null)
    {
        _options = options;
        _configurations = [.. configurations];
        _timeProvider = timeProvider;
        _useJitter = useJitter;
        Open = new WaitPipeline(Settings(StoragePipelines.Open, options.OpenTimeout));
        Lease = new WaitPipeline(Settings(StoragePipelines.Lease, options.LeaseTimeout));
        Transaction = new TransactionPipeline(Settings(StoragePipelines.Transaction, options.TransactionTimeout));
        AtOnce = new WaitPipeline(Settings(StoragePipelines.Open, TimeSpan.Zero));

        PipelineSettings Settings(string name, TimeSpan timeout) =>
            new(name, timeout, options.RetryDelay, Attempts(name), timeProvider, logger, instruments, describeHolder);
    }

    public WaitPipeline Open { get; }

    /// <summary>Gets the pipeline that tries once and does not wait.</summary>
    public WaitPipeline AtOnce { get; }

    public WaitPipeline Lease { get; }

    public TransactionPipeline Transaction { get; }

    private PipelineAttempts Attempts(string name) =>
        new(() => Build(name), isConfigured: Array.Exists(_configurations, known => known.Name == name));

    private ResiliencePipeline Build(string name)
    {
        var builder = new ResiliencePipelineBuilder { Name = name, TimeProvider = _timeProvider };
        Action add = () => builder.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = static args => ValueTask.FromResult(StoragePipelines.IsRetryable(args.Outcome.Exception)),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = _useJitter,
            Delay = _options.RetryDelay,
            MaxDelay = _options.MaxRetryDelay,
        });
        foreach (PipelineConfiguration configuration in _configurations.Where(known => known.Name == name))
        {
            Action before = add;
            add = () => configuration.Configure(builder, before);
        }
        add();
        return builder.Build();
    }
}

/// <summary>What a pipeline consists of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Timeout">How long it waits, or begins new attempts.</param>
/// <param name="FirstDelay">The shortest delay.</param>
/// <param name="Attempts">Decides whether and when the next attempt begins.</param>
/// <param name="TimeProvider">The clock.</param>
/// <param name="Logger">Logs each episode with a wait once.</param>
/// <param name="Instruments">Count the episodes.</param>
/// <param name="DescribeHolder">Describes the known holder of a database.</param>
internal sealed record PipelineSettings(
    string Name,
    TimeSpan Timeout,
    TimeSpan FirstDelay,
    PipelineAttempts Attempts,
    TimeProvider TimeProvider,
    ILogger Logger,
    StorageInstruments Instruments,
    Func<StoragePath, CancellationToken, ValueTask<string?>>? DescribeHolder);
