namespace Isar.Storage.Client;

/// <summary>
/// The order of the calls on one database of this page. A transaction has the database alone, so that connections of one page never find
/// each other's locks; other calls pass together, in the order they were made. Not for several threads at a time.
/// </summary>
internal sealed class CallQueue(string database, TimeProvider timeProvider)
{
    /// <summary>The longest time of a .NET timer, some 49 days; a longer time-out is for ever.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly LinkedList<Waiting> _waiting = [];
    private object? _holder;

    /// <summary>Waits until the transactions that came before have ended.</summary>
    /// <param name="owner">Whose call it is.</param>
    /// <param name="timeout">How long to wait; zero for ever.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IsarException"><see cref="IsarErrorKind.Busy"/> when it takes longer.</exception>
    public Task PassAsync(object owner, TimeSpan timeout, CancellationToken cancellationToken) =>
        IsFree ? Task.CompletedTask : WaitAsync(owner, exclusive: false, timeout, cancellationToken);

    /// <summary>Waits for the database alone; <see cref="Leave"/> gives it back.</summary>
    /// <inheritdoc cref="PassAsync"/>
    public Task EnterAsync(object owner, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!IsFree)
            return WaitAsync(owner, exclusive: true, timeout, cancellationToken);
        _holder = owner;
        return Task.CompletedTask;
    }

    /// <summary>Gives the database back, if this owner has it.</summary>
    public void Leave(object owner)
    {
        if (_holder != owner)
            return;
        _holder = null;
        Advance();
    }

    /// <summary>Ends the waits of one owner with an error.</summary>
    public void Reject(object owner, Exception error) => Reject(waiting => waiting.Owner == owner, error);

    /// <summary>Ends all waits with an error, and the transaction that goes on: the worker is gone, and its transactions with it.</summary>
    public void RejectAll(Exception error)
    {
        _holder = null;
        Reject(_ => true, error);
    }

    private bool IsFree => _holder is null && _waiting.Count == 0;

    private async Task WaitAsync(object owner, bool exclusive, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(owner, exclusive);
        bool isEndless = timeout == TimeSpan.Zero || timeout > _longest;
        using var deadline = new CancellationTokenSource(isEndless ? Timeout.InfiniteTimeSpan : timeout, timeProvider);
        LinkedListNode<Waiting> place = _waiting.AddLast(waiting);
        using CancellationTokenRegistration expired = deadline.Token.Register(() => End(place, IsarException.OfBusy(
            $"The database \"{database}\" is in use by a transaction of another connection of this page, "
            + $"which did not end within {timeout.TotalSeconds} s. Inside a transaction use its own connection: others wait for its end.")));
        using CancellationTokenRegistration cancelled = cancellationToken.Register(
            () => End(place, new OperationCanceledException(cancellationToken)));
        await waiting.Turn.Task;
    }

    private void End(LinkedListNode<Waiting> place, Exception error)
    {
        if (place.List is null)
            return;
        _waiting.Remove(place);
        place.Value.Turn.SetException(error);
        Advance();
    }

    private void Reject(Func<Waiting, bool> concerned, Exception error)
    {
        Waiting[] rejected = [.. _waiting.Where(concerned)];
        foreach (Waiting waiting in rejected)
            _waiting.Remove(waiting);
        foreach (Waiting waiting in rejected)
            waiting.Turn.SetException(error);
        Advance();
    }

    private void Advance()
    {
        while (_holder is null && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            if (first.Value.Exclusive)
                _holder = first.Value.Owner;
            first.Value.Turn.SetResult();
        }
    }

    private sealed class Waiting(object owner, bool exclusive)
    {
        public object Owner => owner;

        public bool Exclusive => exclusive;

        public TaskCompletionSource Turn { get; } = new();
    }
}
