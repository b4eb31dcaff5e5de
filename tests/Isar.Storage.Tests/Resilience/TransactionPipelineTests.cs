using Isar.Storage.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Resilience;

/// <summary>What the pipeline <c>transaction</c> repeats, and for how long.</summary>
public sealed class TransactionPipelineTests : IDisposable
{
    private readonly Pipelines _pipelines = new();

    private TimerClock Clock => _pipelines.Clock;

    public void Dispose() => _pipelines.Dispose();

    [Fact]
    public async Task Others_in_the_way_are_waited_for()
    {
        Task<string> running = _pipelines.TransactAsync(_pipelines.Create(useJitter: false), n => n < 4 ? Pipelines.Sqlite(5) : null);
        await Clock.AdvanceUntilAsync(running);
        Assert.Equal("done", await running);
        Assert.Equal(4, _pipelines.Attempts);
        Assert.Equal([20, 40, 80], _pipelines.Delays.Select(delay => delay.TotalMilliseconds));
        Assert.Equal([$"A transaction on {_pipelines.Database} waits, because others are in its way"], _pipelines.Log.Messages);
        Assert.Equal(
            [
                "isar.storage.retries 1 transaction", "isar.storage.retries 1 transaction", "isar.storage.retries 1 transaction",
                "isar.storage.wait.duration 0.14 transaction succeeded", "isar.storage.transactions 1 succeeded",
            ],
            _pipelines.Telemetry.Measurements);
        Assert.Equal(["isar.storage.transaction transaction 4 succeeded"], _pipelines.Telemetry.ActivityTexts);
    }

    [Fact]
    public async Task One_attempt_that_succeeds_is_counted_and_no_wait()
    {
        Assert.Equal("done", await _pipelines.TransactAsync(_pipelines.Create(), _ => null));
        Assert.Equal(["isar.storage.transactions 1 succeeded"], _pipelines.Telemetry.Measurements);
        Assert.Equal(["isar.storage.transaction transaction 1 succeeded"], _pipelines.Telemetry.ActivityTexts);
        Assert.Empty(_pipelines.Log.Messages);
    }

    [Fact]
    public async Task It_gives_up_when_the_time_for_new_attempts_is_over()
    {
        Task<string> running = _pipelines.TransactAsync(_pipelines.Create(useJitter: false), _ => Pipelines.Sqlite(5));
        await Clock.AdvanceUntilAsync(running);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => running);
        Assert.Equal(StorageErrorKind.Busy, failure.Kind);
        Assert.Matches(
            $"^Others were in the way of a transaction on the database \"{_pipelines.Database}\" in all 20 attempts "
                + @"within 15(\.\d+)? s: SQLite says 5\.$",
            failure.Message);
        Assert.False(failure.IsTransient);
        Assert.Equal(20, _pipelines.Attempts);
        Assert.Single(_pipelines.Log.Messages);
        Assert.Equal("isar.storage.transactions 1 timed_out", _pipelines.Telemetry.Measurements[^1]);
        Assert.Equal(["isar.storage.transaction transaction 20 timed_out"], _pipelines.Telemetry.ActivityTexts);
    }

    [Fact]
    public async Task An_attempt_is_not_cut_off_when_the_time_for_new_ones_is_over()
    {
        using var gate = new SemaphoreSlim(0);
        Task<string> running = _pipelines.Create().Transaction.ExecuteAsync(_pipelines.Database, async (_, token) =>
        {
            await gate.WaitAsync(token);
            return "committed late";
        }, CancellationToken.None).AsTask();
        Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(running.IsCompleted);
        gate.Release();
        Assert.Equal("committed late", await running);
    }

    [Fact]
    public async Task An_attempt_that_fails_after_that_time_is_the_last()
    {
        Task<string> running = _pipelines.Create().Transaction.ExecuteAsync<string>(_pipelines.Database, (_, _) =>
        {
            Clock.Advance(TimeSpan.FromSeconds(16));
            throw Pipelines.Sqlite(5);
        }, CancellationToken.None).AsTask();
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => running);
        Assert.Contains("in its one attempt within 16 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_time_out_of_0_there_is_one_attempt()
    {
        PipelineSet set = _pipelines.Create(options => options.TransactionTimeout = TimeSpan.Zero);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => _pipelines.TransactAsync(set, _ => Pipelines.Sqlite(5)));
        Assert.Equal(1, _pipelines.Attempts);
        Assert.True(failure.IsTransient);
    }

    [Theory]
    [InlineData(5, 5, true)]
    [InlineData(5, 261, true)] // SQLITE_BUSY_RECOVERY
    [InlineData(5, 517, true)] // SQLITE_BUSY_SNAPSHOT
    [InlineData(5, 773, true)] // SQLITE_BUSY_TIMEOUT
    [InlineData(6, 6, true)]
    [InlineData(6, 262, true)] // SQLITE_LOCKED_SHAREDCACHE
    [InlineData(1, 1, false)]
    [InlineData(8, 8, false)]
    [InlineData(10, 10, false)]
    [InlineData(10, 3850, false)] // SQLITE_IOERR_LOCK
    [InlineData(11, 11, false)]
    [InlineData(13, 13, false)]
    [InlineData(19, 2067, false)] // SQLITE_CONSTRAINT_UNIQUE
    public async Task Only_busy_and_locked_are_repeated(int code, int extended, bool isRepeated)
    {
        Task<string> running = _pipelines.TransactAsync(_pipelines.Create(), n => n == 1 ? Pipelines.Sqlite(code, extended) : null);
        await Clock.AdvanceUntilAsync(running);
        Assert.Equal(isRepeated, running.IsCompletedSuccessfully);
        Assert.Equal(isRepeated ? 2 : 1, _pipelines.Attempts);
        _ = running.Exception;
    }

    public static TheoryData<string, bool> Causes => new()
    {
        { "held", true },
        { "held inside", true },
        { "busy inside", true },
        { "waited", false },
        { "corrupt with busy inside", false },
        { "its own", false },
        { "cancelled by itself", false },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public async Task The_outermost_error_of_storage_decides(string cause, bool isRepeated)
    {
        Exception failure = cause switch
        {
            "held" => Pipelines.Held(),
            "held inside" => new InvalidOperationException("of the app", Pipelines.Held()),
            "busy inside" => new AggregateException(new InvalidOperationException("as of EF Core", Pipelines.Sqlite(5))),
            "waited" => new StorageException(StorageErrorKind.Busy, "in vain", Pipelines.Held()) { WaitedFor = TimeSpan.FromSeconds(1) },
            "corrupt with busy inside" => new StorageException(StorageErrorKind.Corrupt, "broken", Pipelines.Sqlite(5)),
            "its own" => new InvalidOperationException("of the app"),
            _ => new OperationCanceledException("of the app"),
        };
        Assert.Equal(isRepeated, StoragePipelines.IsRetryable(failure));
        Task<string> running = _pipelines.TransactAsync(_pipelines.Create(), n => n == 1 ? failure : null);
        await Clock.AdvanceUntilAsync(running);
        if (isRepeated)
            Assert.Equal("done", await running);
        else
            Assert.Same(failure, await Assert.ThrowsAnyAsync<Exception>(() => running));
        Assert.Equal(isRepeated ? 2 : 1, _pipelines.Attempts);
    }

    [Fact]
    public async Task Cancelling_ends_a_delay_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        Task<string> running = _pipelines.TransactAsync(_pipelines.Create(), _ => Pipelines.Sqlite(5), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(TimeSpan.Zero, Clock.Elapsed);
        Assert.Equal(1, _pipelines.Attempts);
        Assert.Equal(["isar.storage.transactions 1 cancelled"], _pipelines.Telemetry.Measurements);
        Assert.Equal(["isar.storage.transaction transaction 1 cancelled"], _pipelines.Telemetry.ActivityTexts);
    }

    [Fact]
    public async Task What_may_be_committed_is_not_done_again_whatever_the_pipeline_says()
    {
        PipelineSet set = _pipelines.Create(configure: builder => builder.ConfigurePipeline(StoragePipelines.Transaction,
            static (polly, _) => Polly.RetryResiliencePipelineBuilderExtensions.AddRetry(polly, new Polly.Retry.RetryStrategyOptions
            {
                ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Exception is not null),
            })));
        Task<string> running = set.Transaction.ExecuteAsync<string>(
            _pipelines.Database, (episode, _) => throw episode.OutcomeUnknown(CountedFailure()), CancellationToken.None).AsTask();
        await Clock.AdvanceUntilAsync(running, maxStep: TimeSpan.FromMinutes(1));
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => running);
        Assert.Equal(StorageErrorKind.Io, failure.Kind);
        Assert.Contains("may be committed or not", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, _attempts);
    }

    private int _attempts;

    private StorageException CountedFailure()
    {
        _attempts++;
        return Pipelines.Held();
    }
}
