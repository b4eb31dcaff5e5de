using Isar.Storage.Client;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Isar.Storage.Tests.Client;

/// <summary>The order of the calls on one database.</summary>
public sealed class CallQueueTests
{
    private static readonly TimeSpan _forEver = TimeSpan.Zero;

    private readonly FakeTimeProvider _time = new();
    private readonly CallQueue _queue;
    private readonly object _first = new();
    private readonly object _second = new();

    public CallQueueTests()
    {
        PageThread.Enter();
        _queue = new CallQueue("a.db", _time);
    }

    [Fact]
    public async Task Calls_wait_for_the_transactions_before_them_in_their_order()
    {
        List<string> order = [];
        await _queue.PassAsync(_second, _forEver, default);
        await _queue.EnterAsync(_first, _forEver, default);
        Task[] calls =
        [
            Note(_queue.PassAsync(_second, _forEver, default), "pass 1"),
            Note(_queue.PassAsync(_second, _forEver, default), "pass 2"),
            Note(_queue.EnterAsync(_second, _forEver, default), "enter"),
            Note(_queue.PassAsync(_first, _forEver, default), "pass 3"),
        ];
        _queue.Leave(_second);
        Assert.Empty(order);
        _queue.Leave(_first);
        await Task.WhenAll(calls[..3]);
        Assert.Equal(["pass 1", "pass 2", "enter"], order);
        _queue.Leave(_second);
        await calls[3];
        Assert.Equal(["pass 1", "pass 2", "enter", "pass 3"], order);

        async Task Note(Task call, string name)
        {
            await call;
            order.Add(name);
        }
    }

    [Fact]
    public async Task A_wait_ends_when_its_time_is_over()
    {
        await _queue.EnterAsync(_first, _forEver, default);
        Task impatient = _queue.EnterAsync(_second, TimeSpan.FromSeconds(30), default);
        Task patient = _queue.PassAsync(_second, _forEver, default);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(impatient.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        IsarException error = await Assert.ThrowsAsync<IsarException>(() => impatient);
        Assert.Equal(IsarErrorKind.Busy, error.Kind);
        Assert.Equal(5, error.SqliteErrorCode);
        Assert.True(error.IsTransient);
        Assert.Contains(
            "\"a.db\" is in use by a transaction of another connection of this page, which did not end within 30 s. "
            + "Inside a transaction use its own connection",
            error.Message,
            StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(patient.IsCompleted);
        _queue.Leave(_first);
        await patient;
    }

    [Fact]
    public async Task A_time_that_is_longer_than_timers_take_is_for_ever()
    {
        await _queue.EnterAsync(_first, _forEver, default);
        Task patient = _queue.EnterAsync(_second, TimeSpan.FromSeconds(int.MaxValue), default);
        Assert.False(patient.IsCompleted);
        _queue.Leave(_first);
        await patient;
        _queue.Leave(_second);
        await _queue.PassAsync(_first, _forEver, default);
    }

    [Fact]
    public async Task A_wait_that_ends_lets_those_behind_it_pass()
    {
        await _queue.EnterAsync(_first, _forEver, default);
        using var cancellation = new CancellationTokenSource();
        Task cancelled = _queue.EnterAsync(_second, _forEver, cancellation.Token);
        Task behind = _queue.PassAsync(_first, _forEver, default);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _queue.Leave(_first);
        await behind;
        await _queue.EnterAsync(_second, _forEver, default);
    }

    [Fact]
    public async Task Waits_are_rejected_of_one_owner_or_of_all()
    {
        await _queue.EnterAsync(_first, _forEver, default);
        Task mine = _queue.PassAsync(_second, _forEver, default);
        Task others = _queue.PassAsync(new object(), _forEver, default);
        _queue.Reject(_second, new InvalidOperationException("closed"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => mine);
        Assert.False(others.IsCompleted);
        _queue.RejectAll(new InvalidOperationException("dead"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => others);
        await _queue.PassAsync(_second, _forEver, default);
        await _queue.EnterAsync(_second, _forEver, default);
        _queue.Leave(_first);
        Assert.False(_queue.PassAsync(_first, _forEver, default).IsCompleted);
    }
}
