using Isar.Storage.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Resilience;

/// <summary>How long and how often the pipelines <c>open</c> and <c>lease</c> try, on a clock of their own.</summary>
public sealed class WaitPipelineTests : IDisposable
{
    private readonly Pipelines _pipelines = new();

    private TimerClock Clock => _pipelines.Clock;

    public void Dispose() => _pipelines.Dispose();

    [Theory]
    [InlineData(StoragePipelines.Open)]
    [InlineData(StoragePipelines.Lease)]
    public async Task What_somebody_holds_is_waited_for(string name)
    {
        Task<string> waiting = _pipelines.WaitAsync(Of(name, _pipelines.Create()), n => n < 5 ? Pipelines.Held() : null);
        await Clock.AdvanceUntilAsync(waiting);
        Assert.Equal("done", await waiting);
        Assert.Equal(5, _pipelines.Attempts);
        Assert.Equal([$"{name} of {_pipelines.Database} waits, because another connection, tab or process holds it"], _pipelines.Log.Messages);
        Assert.Equal([$"isar.storage.wait {name} 5 succeeded"], _pipelines.Telemetry.ActivityTexts);
    }

    [Fact]
    public async Task The_delays_double_up_to_the_longest()
    {
        Task<string> waiting = _pipelines.WaitAsync(_pipelines.Create(useJitter: false).Open, n => n < 9 ? Pipelines.Held() : null);
        await Clock.AdvanceUntilAsync(waiting);
        Assert.Equal(Pipelines.DefaultSchedule + " 1000", Milliseconds(_pipelines.Delays));
    }

    [Fact]
    public async Task The_delays_are_those_of_the_options()
    {
        WaitPipeline pipeline = _pipelines.Create(options =>
        {
            options.RetryDelay = TimeSpan.FromMilliseconds(5);
            options.MaxRetryDelay = TimeSpan.FromMilliseconds(15);
        }, useJitter: false).Open;
        Task<string> waiting = _pipelines.WaitAsync(pipeline, n => n < 5 ? Pipelines.Held() : null);
        await Clock.AdvanceUntilAsync(waiting);
        Assert.Equal("5 10 15 15", Milliseconds(_pipelines.Delays));
    }

    [Fact]
    public async Task With_jitter_the_delays_grow_stay_below_the_longest_and_differ()
    {
        Task<string> waiting = _pipelines.WaitAsync(_pipelines.Create().Open, n => n < 12 ? Pipelines.Held() : null);
        await Clock.AdvanceUntilAsync(waiting);
        TimeSpan[] delays = _pipelines.Delays;
        Assert.Equal(11, delays.Length);
        Assert.All(delays, delay => Assert.InRange(delay, TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        Assert.True(delays[..3].Max() < delays[^3..].Max(), Milliseconds(delays));
        Assert.NotEqual(Pipelines.DefaultSchedule, Milliseconds(delays[..7]));
    }

    [Fact]
    public async Task After_the_time_out_the_error_says_what_how_long_why_and_that_it_was_waited()
    {
        Task<string> waiting = _pipelines.WaitAsync(_pipelines.Create(useJitter: false).Lease, _ => Pipelines.Held());
        await Clock.AdvanceUntilAsync(waiting);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => waiting);
        Assert.Equal(StorageErrorKind.Busy, failure.Kind);
        Assert.Equal(
            $"The database \"{_pipelines.Database}\" is still held by another connection, tab or process after 15 s: It is held by a test.",
            failure.Message);
        Assert.IsType<StorageException>(failure.InnerException);
        Assert.Equal(TimeSpan.FromSeconds(15), failure.WaitedFor);
        Assert.False(failure.IsTransient);
        // 1.26 s of growing delays, then one second each.
        Assert.Equal(20, _pipelines.Attempts);
        Assert.InRange(Clock.Elapsed, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15.3));
        Assert.Single(_pipelines.Log.Messages);
        Assert.Equal(19, _pipelines.Telemetry.Measurements.Count(text => text == "isar.storage.retries 1 lease"));
        Assert.Matches(@"^isar\.storage\.wait\.duration 15(\.\d+)? lease timed_out$", _pipelines.Telemetry.Measurements[^1]);
        Assert.Equal(["isar.storage.wait lease 20 timed_out"], _pipelines.Telemetry.ActivityTexts);
    }

    [Fact]
    public async Task A_wait_that_was_in_vain_is_not_done_again_by_a_pipeline_around_it()
    {
        PipelineSet set = _pipelines.Create(options => options.OpenTimeout = options.LeaseTimeout * 2);
        int outer = 0;
        Task<string> waiting = set.Open.ExecuteAsync(_pipelines.Database, progress: null, (episode, token) =>
        {
            outer++;
            return set.Lease.ExecuteAsync(_pipelines.Database, episode, (_, _) => ValueTask.FromException<string>(Pipelines.Held()), token);
        }, CancellationToken.None).AsTask();
        await Clock.AdvanceUntilAsync(waiting);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => waiting);
        Assert.Contains("after 15 s", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, outer);
        Assert.Single(_pipelines.Telemetry.Activities);
    }

    [Fact]
    public async Task The_time_of_a_wait_stands_still_while_one_inside_it_waits()
    {
        _pipelines.DescribeHolder = static _ => ValueTask.FromResult<string?>("another tab");
        PipelineSet set = _pipelines.Create(options => options.OpenTimeout = TimeSpan.FromSeconds(5));
        Task<string> waiting = set.Open.ExecuteAsync(_pipelines.Database, progress: null, (episode, token) => set.Lease.ExecuteAsync(
            _pipelines.Database, episode, (_, _) => ValueTask.FromException<string>(Pipelines.Held()), token), CancellationToken.None).AsTask();
        await Clock.AdvanceUntilAsync(waiting);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => waiting);
        Assert.Contains("held by another tab after 15 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_wait_inside_it_the_time_of_a_wait_goes_on()
    {
        PipelineSet set = _pipelines.Create();
        Task<string> waiting = set.Open.ExecuteAsync(_pipelines.Database, progress: null, async (episode, token) =>
        {
            await set.Lease.ExecuteAsync(_pipelines.Database, episode, static (_, _) => ValueTask.FromResult(true), token);
            await Task.Delay(Timeout.InfiniteTimeSpan, Clock, token);
            return "never";
        }, CancellationToken.None).AsTask();
        Clock.Advance(TimeSpan.FromSeconds(15));
        await Assert.ThrowsAsync<StorageException>(() => waiting);
    }

    [Fact]
    public async Task Without_a_time_out_there_is_one_attempt_that_must_not_wait()
    {
        WaitPipeline pipeline = _pipelines.Create(options => options.LeaseTimeout = TimeSpan.Zero).Lease;
        int attempts = 0;
        StorageException failure = await Assert.ThrowsAsync<StorageException>(
            () => pipeline.ExecuteAsync(_pipelines.Database, progress: null, (episode, _) =>
        {
            attempts++;
            Assert.False(episode.MayWait);
            return ValueTask.FromException<string>(Pipelines.Held());
        }, CancellationToken.None).AsTask());
        Assert.Equal(1, attempts);
        Assert.True(failure.IsTransient);
        Assert.Empty(_pipelines.Telemetry.Measurements);
    }

    [Theory]
    [InlineData(StorageErrorKind.Corrupt)]
    [InlineData(StorageErrorKind.Full)]
    [InlineData(StorageErrorKind.Io)]
    [InlineData(StorageErrorKind.Unavailable)]
    public async Task What_waiting_cannot_mend_is_told_at_once(StorageErrorKind kind)
    {
        var broken = new StorageException(kind, "broken");
        Assert.Same(broken, await Assert.ThrowsAsync<StorageException>(() => _pipelines.WaitAsync(_pipelines.Create().Open, _ => broken)));
        Assert.Equal(1, _pipelines.Attempts);
        Assert.Empty(_pipelines.Log.Messages);
        Assert.Empty(_pipelines.Telemetry.Measurements);
        Assert.Empty(_pipelines.Telemetry.Activities);
    }

    [Fact]
    public async Task What_fails_after_a_wait_is_a_failure_and_no_time_out()
    {
        Task<string> waiting = _pipelines.WaitAsync(_pipelines.Create(useJitter: false).Open,
            n => n == 1 ? Pipelines.Held() : new StorageException(StorageErrorKind.Corrupt, "broken"));
        await Clock.AdvanceUntilAsync(waiting);
        Assert.Equal(StorageErrorKind.Corrupt, (await Assert.ThrowsAsync<StorageException>(() => waiting)).Kind);
        Assert.Equal(["isar.storage.retries 1 open", "isar.storage.wait.duration 0.02 open failed"], _pipelines.Telemetry.Measurements);
    }

    [Fact]
    public async Task What_needs_no_wait_leaves_no_trace()
    {
        Assert.Equal("done", await _pipelines.WaitAsync(_pipelines.Create().Open, _ => null));
        Assert.Empty(_pipelines.Log.Messages);
        Assert.Empty(_pipelines.Telemetry.Measurements);
        Assert.Empty(_pipelines.Telemetry.Activities);
    }

    [Fact]
    public async Task An_attempt_that_waits_by_itself_is_a_wait_without_a_retry()
    {
        Task<string> waiting = _pipelines.Create().Lease.ExecuteAsync(_pipelines.Database, progress: null, async (episode, token) =>
        {
            episode.Waits();
            await Task.Delay(TimeSpan.FromMilliseconds(500), Clock, token);
            return "handed over";
        }, CancellationToken.None).AsTask();
        await Clock.AdvanceUntilAsync(waiting);
        Assert.Equal("handed over", await waiting);
        Assert.Single(_pipelines.Log.Messages);
        Assert.Equal(["isar.storage.wait.duration 0.5 lease succeeded"], _pipelines.Telemetry.Measurements);
        Assert.Equal(["isar.storage.wait lease 1 succeeded"], _pipelines.Telemetry.ActivityTexts);
        Assert.Equal(TimeSpan.FromMilliseconds(500), _pipelines.Telemetry.Activities[0].Duration);
        Assert.Equal(Clock.Start.UtcDateTime, _pipelines.Telemetry.Activities[0].StartTimeUtc);
    }

    [Fact]
    public async Task Time_in_which_an_attempt_makes_progress_does_not_count()
    {
        const int Reports = 10;
        var heard = new List<long>();
        Task<string> waiting = _pipelines.Create().Open.ExecuteAsync(_pipelines.Database, new Heard(heard), async (progress, token) =>
        {
            for (int i = 1; i <= Reports; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(10), Clock, token);
                progress.Report(new StorageProgress(StorageStage.Loading, i, Reports));
            }
            return "loaded";
        }, CancellationToken.None).AsTask();
        await Clock.AdvanceUntilAsync(waiting, maxStep: TimeSpan.FromSeconds(10));
        Assert.Equal("loaded", await waiting);
        Assert.Equal(Reports, heard.Count);
        Assert.Equal(TimeSpan.FromSeconds(100), Clock.Elapsed);
    }

    [Fact]
    public async Task An_attempt_that_hangs_ends_with_the_time_out()
    {
        Task<string> waiting = Hang(_pipelines.Create().Open);
        Clock.Advance(TimeSpan.FromSeconds(15));
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => waiting);
        Assert.Equal(StorageErrorKind.Busy, failure.Kind);
        Assert.Contains("did not get any further", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["isar.storage.wait.duration 15 open timed_out"], _pipelines.Telemetry.Measurements);
    }

    [Fact]
    public async Task Cancelling_ends_a_delay_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        Task<string> waiting = _pipelines.WaitAsync(_pipelines.Create(useJitter: false).Open, _ => Pipelines.Held(), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(TimeSpan.Zero, Clock.Elapsed);
        Assert.Equal(1, _pipelines.Attempts);
    }

    [Fact]
    public async Task Cancelling_ends_an_attempt_that_hangs_and_is_no_time_out()
    {
        using var cancellation = new CancellationTokenSource();
        Task<string> waiting = Hang(_pipelines.Create().Lease, waits: true, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(["isar.storage.wait.duration 0 lease cancelled"], _pipelines.Telemetry.Measurements);
        Assert.Equal(["isar.storage.wait lease 1 cancelled"], _pipelines.Telemetry.ActivityTexts);
    }

    [Fact]
    public async Task Who_does_not_say_who_holds_it_delays_the_error_by_a_second_and_does_not_hide_it()
    {
        _pipelines.DescribeHolder = static async _ => await HangAsync(CancellationToken.None);
        Task<string> waiting = Hang(_pipelines.Create().Lease);
        Clock.Advance(TimeSpan.FromSeconds(15));
        await Clock.AdvanceUntilAsync(waiting);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => waiting);
        Assert.Contains("held by another connection, tab or process after 15 s", failure.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(16), Clock.Elapsed);
        Assert.Equal([$"Who holds {_pipelines.Database} could not be found out"], _pipelines.Log.Warnings);
    }

    [Fact]
    public async Task A_failure_to_say_who_holds_it_is_logged_and_does_not_hide_the_error()
    {
        _pipelines.DescribeHolder = static _ => throw new InvalidOperationException("nobody answers");
        Task<string> waiting = Hang(_pipelines.Create().Lease);
        Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(StorageErrorKind.Busy, (await Assert.ThrowsAsync<StorageException>(() => waiting)).Kind);
        Assert.Single(_pipelines.Log.Warnings);
    }

    private static WaitPipeline Of(string name, PipelineSet set) => name == StoragePipelines.Open ? set.Open : set.Lease;

    private static string Milliseconds(IEnumerable<TimeSpan> times) => string.Join(' ', times.Select(time => time.TotalMilliseconds));

    private Task<string> Hang(WaitPipeline pipeline, bool waits = false, CancellationToken cancellationToken = default) =>
        pipeline.ExecuteAsync(_pipelines.Database, progress: null, (episode, token) =>
        {
            if (waits)
                episode.Waits();
            return HangAsync(token);
        }, cancellationToken).AsTask();

    private static async ValueTask<string> HangAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return "never";
    }

    private sealed class Heard(List<long> reports) : IProgress<StorageProgress>
    {
        public void Report(StorageProgress value) => reports.Add(reports.Count);
    }
}
