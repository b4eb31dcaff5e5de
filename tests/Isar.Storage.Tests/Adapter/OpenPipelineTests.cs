using System.Collections.Concurrent;
using Isar.Storage.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary>How long opening waits for files that somebody else holds, on a clock of its own.</summary>
public sealed class OpenPipelineTests
{
    private static readonly StoragePath _database = StoragePath.Parse("held.db");

    private readonly TimerClock _clock = new();
    private readonly CountingLogger _logger = new();
    private int _attempts;

    [Fact]
    public async Task Held_files_are_waited_for()
    {
        Task<string> opening = OpenAsync(TimeSpan.FromSeconds(15), () => _attempts < 5 ? Held() : null);
        await AdvanceUntilAsync(opening);
        Assert.Equal("opened", await opening);
        Assert.Equal(5, _attempts);
    }

    [Fact]
    public async Task The_delays_grow_and_stay_below_a_second()
    {
        Task<string> opening = OpenAsync(TimeSpan.FromSeconds(15), () => _attempts < 12 ? Held() : null);
        await AdvanceUntilAsync(opening);
        // The first timer is that of the time-out.
        TimeSpan[] delays = [.. _clock.DueTimes.Skip(1)];
        Assert.Equal(11, delays.Length);
        Assert.All(delays, delay => Assert.InRange(delay, TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        Assert.True(delays[..3].Max() < delays[^3..].Max(), string.Join(", ", delays));
    }

    [Fact]
    public async Task After_the_time_out_the_error_names_the_database_the_time_and_the_cause()
    {
        Task<string> opening = OpenAsync(TimeSpan.FromSeconds(15), Held);
        await AdvanceUntilAsync(opening);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => opening);
        Assert.Equal(StorageErrorKind.Busy, failure.Kind);
        Assert.Contains("held.db", failure.Message, StringComparison.Ordinal);
        Assert.Contains("15 s", failure.Message, StringComparison.Ordinal);
        Assert.Contains("by a test", failure.Message, StringComparison.Ordinal);
        Assert.InRange(_clock.GetUtcNow() - _clock.Start, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(17));
    }

    [Fact]
    public async Task Without_a_time_out_there_is_one_attempt()
    {
        await Assert.ThrowsAsync<StorageException>(() => OpenAsync(TimeSpan.Zero, Held));
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task What_waiting_cannot_mend_is_told_at_once()
    {
        await Assert.ThrowsAsync<StorageException>(() =>
            OpenAsync(TimeSpan.FromSeconds(15), () => new StorageException(StorageErrorKind.Corrupt, "broken")));
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task Time_in_which_an_attempt_makes_progress_does_not_count()
    {
        const int Reports = 10;
        Task<string> opening = new OpenPipeline(TimeSpan.FromSeconds(15), _clock, _logger).ExecuteAsync(_database, progress: null, async (progress, token) =>
        {
            for (int i = 1; i <= Reports; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(10), _clock, token);
                progress!.Report(new StorageProgress(StorageStage.Loading, i, Reports));
            }
            return "loaded";
        }, CancellationToken.None).AsTask();
        // The first timer is that of the time-out.
        await _clock.NextTimerAsync();
        while (await Task.WhenAny(opening, _clock.NextTimerAsync()) != opening)
            _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("loaded", await opening);
    }

    [Fact]
    public async Task An_attempt_that_hangs_ends_with_the_time_out()
    {
        Task<string> opening = new OpenPipeline(TimeSpan.FromSeconds(15), _clock, _logger).ExecuteAsync(_database, async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _clock, token);
            return "opened";
        }, CancellationToken.None).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(StorageErrorKind.Busy, (await Assert.ThrowsAsync<StorageException>(() => opening)).Kind);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait()
    {
        using var cancellation = new CancellationTokenSource();
        Task<string> opening = OpenAsync(TimeSpan.FromSeconds(15), Held, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
    }

    [Fact]
    public async Task A_wait_is_logged_once_however_long_it_takes()
    {
        Task<string> opening = OpenAsync(TimeSpan.FromSeconds(15), Held);
        await AdvanceUntilAsync(opening);
        await Assert.ThrowsAsync<StorageException>(() => opening);
        Assert.Equal(1, _logger.Count);
    }

    private static StorageException Held() => new(StorageErrorKind.Busy, "It is held by a test.");

    private Task<string> OpenAsync(TimeSpan timeout, Func<Exception?> attempt, CancellationToken cancellationToken = default) =>
        new OpenPipeline(timeout, _clock, _logger).ExecuteAsync(_database, _ =>
        {
            _attempts++;
            return attempt() is { } failure ? ValueTask.FromException<string>(failure) : ValueTask.FromResult("opened");
        }, cancellationToken).AsTask();

    /// <summary>Lets time pass, a second whenever something begins to wait for it.</summary>
    private async Task AdvanceUntilAsync(Task done)
    {
        while (await Task.WhenAny(done, _clock.NextTimerAsync()) != done)
            _clock.Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>A clock that stands still, and tells when somebody sets a timer.</summary>
    private sealed class TimerClock : FakeTimeProvider
    {
        private readonly SemaphoreSlim _timers = new(0);

        public ConcurrentQueue<TimeSpan> DueTimes { get; } = [];

        public Task NextTimerAsync() => _timers.WaitAsync();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            DueTimes.Enqueue(dueTime);
            _timers.Release();
            return timer;
        }
    }

    private sealed class CountingLogger : ILogger
    {
        public int Count { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Count++;
    }
}
