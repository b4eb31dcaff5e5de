using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Isar.Storage.Tests.Resilience;

/// <summary>A clock that stands still, and tells when somebody sets a timer.</summary>
internal sealed class TimerClock : FakeTimeProvider
{
    private readonly SemaphoreSlim _timers = new(0);

    public ConcurrentQueue<TimeSpan> DueTimes { get; } = [];

    public TimeSpan Elapsed => GetUtcNow() - Start;

    public Task NextTimerAsync() => _timers.WaitAsync();

    /// <summary>Lets time pass whenever something begins to wait for it: as long as it wants, but a time-out only with the last step.</summary>
    /// <param name="done">The end of all waiting.</param>
    /// <param name="maxStep">How far it goes at a time.</param>
    /// <param name="onTimer">Called with the time of each timer, before time passes.</param>
    public async Task AdvanceUntilAsync(Task done, TimeSpan? maxStep = null, Action<TimeSpan>? onTimer = null)
    {
        TimeSpan limit = maxStep ?? TimeSpan.FromSeconds(1);
        int seen = 0;
        while (await Task.WhenAny(done, NextTimerAsync()) != done)
        {
            TimeSpan due = DueTimes.ElementAt(seen++);
            if (due < TimeSpan.Zero || due > limit)
                continue;
            onTimer?.Invoke(due);
            Advance(due);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        DueTimes.Enqueue(dueTime);
        _timers.Release();
        return timer;
    }
}
