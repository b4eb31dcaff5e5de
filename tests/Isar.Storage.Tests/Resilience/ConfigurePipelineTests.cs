using Isar.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.Retry;
using Xunit;

namespace Isar.Storage.Tests.Resilience;

/// <summary>How an app extends and replaces the pipelines.</summary>
public sealed class ConfigurePipelineTests : IDisposable
{
    private readonly Pipelines _pipelines = new();

    public void Dispose() => _pipelines.Dispose();

    [Fact]
    public async Task What_is_added_before_the_own_strategies_is_around_them()
    {
        int seen = 0;
        string? key = null;
        PipelineSet set = _pipelines.Create(configure: builder => builder.ConfigurePipeline(StoragePipelines.Open, (polly, addOwn) =>
        {
            polly.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 1,
                Delay = TimeSpan.Zero,
                ShouldHandle = args =>
                {
                    seen++;
                    key = args.Context.OperationKey;
                    return ValueTask.FromResult(args.Outcome.Exception is InvalidDataException);
                },
            });
            addOwn();
        }));
        Task<string> waiting = _pipelines.WaitAsync(
            set.Open, n => n switch { 1 or 3 => Pipelines.Held(), 2 => new InvalidDataException(), _ => null });
        await _pipelines.Clock.AdvanceUntilAsync(waiting);
        Assert.Equal("done", await waiting);
        Assert.Equal((4, 2), (_pipelines.Attempts, seen));
        Assert.Equal(_pipelines.Database.Value, key);
    }

    [Fact]
    public async Task Leaving_the_own_strategies_out_replaces_them_but_not_the_log_the_telemetry_and_the_time_out()
    {
        PipelineSet set = _pipelines.Create(configure: builder => builder.ConfigurePipeline(StoragePipelines.Lease, static (polly, _) =>
            polly.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = static args => ValueTask.FromResult(StoragePipelines.IsRetryable(args.Outcome.Exception)),
                MaxRetryAttempts = 100,
                BackoffType = DelayBackoffType.Constant,
                Delay = TimeSpan.FromMilliseconds(900),
            })));
        Task<string> waiting = _pipelines.WaitAsync(set.Lease, _ => Pipelines.Held());
        await _pipelines.Clock.AdvanceUntilAsync(waiting);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => waiting);
        Assert.Contains("after 15 s", failure.Message, StringComparison.Ordinal);
        Assert.Equal(17, _pipelines.Attempts);
        Assert.Single(_pipelines.Log.Messages);
        Assert.Equal(["isar.storage.wait lease 17 timed_out"], _pipelines.Telemetry.ActivityTexts);
    }

    [Fact]
    public async Task A_replacement_that_gives_up_earlier_is_heard()
    {
        PipelineSet set = _pipelines.Create(configure: static builder => builder
            .ConfigurePipeline(StoragePipelines.Open, static (_, _) => { })
            .ConfigurePipeline(StoragePipelines.Transaction, static (_, _) => { }));
        StorageException open = await Assert.ThrowsAsync<StorageException>(() => _pipelines.WaitAsync(set.Open, _ => Pipelines.Held()));
        Assert.True(open.IsTransient);
        Assert.Equal(1, _pipelines.Attempts);
        StorageException transaction = await Assert.ThrowsAsync<StorageException>(() => _pipelines.TransactAsync(set, _ => Pipelines.Sqlite(5)));
        Assert.Contains("in its one attempt", transaction.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_configuration_is_around_an_earlier_one_and_the_other_pipelines_stay_as_they_are()
    {
        var built = new List<string>();
        PipelineSet set = _pipelines.Create(useJitter: false, configure: builder => builder
            .ConfigurePipeline(StoragePipelines.Transaction, (_, addOwn) =>
            {
                built.Add("first");
                addOwn();
            })
            .ConfigurePipeline(StoragePipelines.Transaction, (_, addOwn) =>
            {
                built.Add("second");
                addOwn();
            }));
        Assert.Equal(["second", "first"], built);
        Task<string> running = _pipelines.TransactAsync(set, n => n < 3 ? Pipelines.Sqlite(5) : null);
        await _pipelines.Clock.AdvanceUntilAsync(running);
        Assert.Equal([20, 40], _pipelines.Delays.Select(delay => delay.TotalMilliseconds));
    }

    [Fact]
    public void An_unknown_name_names_the_known_ones()
    {
        IIsarStorageBuilder builder = new ServiceCollection().AddIsarStorage();
        ArgumentException failure = Assert.Throws<ArgumentException>(() => builder.ConfigurePipeline("close", static (_, _) => { }));
        Assert.Contains("There is no pipeline \"close\"; there are: open, lease, transaction.", failure.Message, StringComparison.Ordinal);
    }
}
