using Xunit;

namespace Isar.Storage.Tests.Abstractions;

/// <summary>Databases that are opened once, suspended, reopened and released, while callers come and give up.</summary>
public sealed class AcquiredDatabasesTests
{
    private static readonly StoragePath _path = StoragePath.Parse("a.db");

    private readonly AcquiredDatabases<Held> _databases;
    private readonly List<Held> _opened = [];

    /// <summary>What opening waits for.</summary>
    private Func<CancellationToken, Task> _opening = static _ => Task.CompletedTask;

    /// <summary>What reopening waits for.</summary>
    private Func<Task> _reopening = static () => Task.CompletedTask;

    /// <summary>What happens just when a database is reopened.</summary>
    private Action<Held> _reopened = static _ => { };

    public AcquiredDatabasesTests() => _databases = new("test", OpenAsync, ReopenAsync);

    [Fact]
    public async Task A_database_is_opened_once_for_all_that_ask_at_the_same_time()
    {
        TaskCompletionSource opening = Gate();
        Task first = AcquireAsync();
        Task second = AcquireAsync();
        Assert.False(first.IsCompleted || second.IsCompleted);
        await PassAsync(opening);
        await Task.WhenAll(first, second);
        await AcquireAsync();
        Assert.Same(Assert.Single(_opened), _databases[_path]);
        Assert.Equal([_databases[_path]], _databases.Acquired);
    }

    [Fact]
    public async Task A_failure_is_told_to_all_that_wait_and_the_next_caller_opens_anew()
    {
        TaskCompletionSource opening = Gate();
        Task first = AcquireAsync();
        Task second = AcquireAsync();
        opening.SetException(new StorageException(StorageErrorKind.Busy, "Somebody else has it."));
        await AssertKindAsync(StorageErrorKind.Busy, () => first);
        await AssertKindAsync(StorageErrorKind.Busy, () => second);
        Assert.Null(_databases.Find(_path));
        await _databases.ReleaseAsync(_path, CancellationToken.None);
        _opening = static _ => Task.CompletedTask;
        await AcquireAsync();
        Assert.Single(_opened);
    }

    [Fact]
    public async Task When_the_caller_that_began_gives_up_another_one_begins_anew()
    {
        using var cancelled = new CancellationTokenSource();
        _opening = static token => Task.Delay(Timeout.Infinite, token);
        Task first = AcquireAsync(cancelled.Token);
        Task second = AcquireAsync();
        _opening = static _ => Task.CompletedTask;
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await second;
        Assert.Single(_opened);
    }

    [Fact]
    public async Task What_comes_although_its_caller_gave_up_is_suspended_and_released()
    {
        using var cancelled = new CancellationTokenSource();
        TaskCompletionSource opening = Gate();
        Task first = AcquireAsync(cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        Task suspending = _databases.SuspendAsync(_path).AsTask();
        Assert.False(suspending.IsCompleted);
        await PassAsync(opening);
        await suspending;
        Assert.Equal(["suspend"], _opened[0].Calls);
        await _databases.ReleaseAsync(_path, CancellationToken.None);
        Assert.Equal(["suspend", "close"], _opened[0].Calls);
    }

    [Fact]
    public async Task A_release_whose_wait_is_cancelled_releases_nothing()
    {
        TaskCompletionSource opening = Gate();
        Task first = AcquireAsync();
        using var cancelled = new CancellationTokenSource();
        Task releasing = _databases.ReleaseAsync(_path, cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => releasing);
        await PassAsync(opening);
        await first;
        Assert.Empty(_databases[_path].Calls);
    }

    [Fact]
    public async Task What_another_caller_released_before_a_callers_turn_is_opened_anew()
    {
        // Which of the two goes on first is the scheduler's choice, so this is repeated until it is the one that releases.
        for (int attempt = 0; attempt < 1000 && _opened.Count != 2; attempt++)
        {
            await _databases.ReleaseAsync(_path, CancellationToken.None);
            _opened.Clear();
            TaskCompletionSource opening = Gate();
            Task first = AcquireAndReleaseAsync();
            Task second = AcquireAsync();
            await PassAsync(opening);
            await Task.WhenAll(first, second);
        }
        Assert.Equal(2, _opened.Count);
        Assert.Equal(["close"], _opened[0].Calls);
        Assert.Same(_opened[1], _databases[_path]);

        async Task AcquireAndReleaseAsync()
        {
            await _databases.AcquireAsync(_path, progress: null, CancellationToken.None).ConfigureAwait(false);
            await _databases.ReleaseAsync(_path, CancellationToken.None).ConfigureAwait(false);
        }
    }

    [Fact]
    public async Task A_suspended_database_is_reopened_not_opened()
    {
        await AcquireAsync();
        await _databases.SuspendAsync(_path);
        Assert.Empty(_databases.Acquired);
        Assert.Same(_opened[0], _databases.Find(_path));
        Assert.Contains(
            "not acquired", Assert.Throws<StorageException>(() => _databases[_path]).Message, StringComparison.Ordinal);
        await _databases.SuspendAsync(_path);
        await AcquireAsync();
        Assert.Equal(["suspend", "reopen"], Assert.Single(_opened).Calls);
    }

    [Fact]
    public async Task What_is_suspended_while_it_is_reopened_is_reopened_again()
    {
        await AcquireAsync();
        await _databases.SuspendAsync(_path);
        _reopened = held =>
        {
            _reopened = static _ => { };
            _ = held.SuspendAsync();
        };
        await AcquireAsync();
        Assert.Equal(["suspend", "reopen", "suspend", "reopen"], _databases[_path].Calls);
    }

    [Fact]
    public async Task A_suspended_database_is_reopened_once_for_all_that_ask_at_the_same_time()
    {
        TaskCompletionSource reopening = await SuspendAsync();
        Task first = AcquireAsync();
        Task second = AcquireAsync();
        Assert.False(first.IsCompleted || second.IsCompleted);
        await PassAsync(reopening);
        await Task.WhenAll(first, second);
        Assert.Equal(["suspend", "reopen"], _databases[_path].Calls);
    }

    [Fact]
    public async Task A_failure_to_reopen_is_told_to_all_that_wait_and_the_next_caller_reopens_again()
    {
        TaskCompletionSource reopening = await SuspendAsync();
        Task first = AcquireAsync();
        Task second = AcquireAsync();
        reopening.SetException(new StorageException(StorageErrorKind.Busy, "Somebody else has it."));
        await AssertKindAsync(StorageErrorKind.Busy, () => first);
        await AssertKindAsync(StorageErrorKind.Busy, () => second);
        _reopening = static () => Task.CompletedTask;
        await AcquireAsync();
        Assert.Equal(["suspend", "reopen", "reopen"], _databases[_path].Calls);
    }

    [Fact]
    public async Task Suspending_waits_for_a_reopening_whose_caller_gave_up()
    {
        TaskCompletionSource reopening = await SuspendAsync();
        using var cancelled = new CancellationTokenSource();
        Task first = AcquireAsync(cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Task suspending = _databases.SuspendAsync(_path).AsTask();
        Assert.False(suspending.IsCompleted);
        await PassAsync(reopening);
        await suspending;
        Assert.Equal(["suspend", "reopen", "suspend"], _opened[0].Calls);
    }

    [Fact]
    public async Task Releasing_and_disposing_wait_for_a_reopening()
    {
        foreach (Func<Task> end in (Func<Task>[])[
            () => _databases.ReleaseAsync(_path, CancellationToken.None).AsTask(), () => _databases.DisposeAsync().AsTask()])
        {
            TaskCompletionSource reopening = await SuspendAsync();
            Task acquiring = AcquireAsync();
            Task ending = end();
            Assert.False(acquiring.IsCompleted || ending.IsCompleted);
            await PassAsync(reopening);
            await ending;
            Assert.Equal(["suspend", "reopen", "close"], _opened[^1].Calls);
            await Record.ExceptionAsync(() => acquiring);
        }
    }

    [Fact]
    public async Task A_database_in_use_is_not_released()
    {
        await AcquireAsync();
        _opened[0].IsInUse = true;
        await AssertKindAsync(StorageErrorKind.Busy, () => _databases.ReleaseAsync(_path, CancellationToken.None).AsTask());
        Assert.Same(_opened[0], _databases[_path]);
        _opened[0].IsInUse = false;
        await _databases.ReleaseAsync(_path, CancellationToken.None);
        Assert.Equal(["close"], _opened[0].Calls);
        Assert.Null(_databases.Find(_path));
    }

    [Fact]
    public async Task Suspending_and_releasing_what_is_not_acquired_do_nothing()
    {
        await _databases.SuspendAsync(_path);
        await _databases.ReleaseAsync(_path, CancellationToken.None);
        Assert.Equal(StorageErrorKind.Unavailable, Assert.Throws<StorageException>(() => _databases[_path]).Kind);
        Assert.Empty(_opened);
    }

    [Fact]
    public async Task Disposing_closes_all_also_what_is_just_being_opened()
    {
        await AcquireAsync();
        TaskCompletionSource opening = Gate();
        Task late = _databases.AcquireAsync(StoragePath.Parse("b.db"), progress: null, CancellationToken.None).AsTask();
        Task disposing = _databases.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        await PassAsync(opening);
        await disposing;
        Assert.All(_opened, held => Assert.Equal(["close"], held.Calls));
        Assert.Equal(2, _opened.Count);
        await AssertKindAsync(StorageErrorKind.Unavailable, () => late);
        await AssertKindAsync(StorageErrorKind.Unavailable, () => AcquireAsync());
        Assert.Contains("test", Assert.Throws<StorageException>(_databases.ThrowIfDisposed).Message, StringComparison.Ordinal);
        await _databases.DisposeAsync();
    }

    [Fact]
    public async Task Disposing_waits_for_what_is_just_being_released()
    {
        await AcquireAsync();
        var gate = new TaskCompletionSource();
        _opened[0].Closing = gate.Task;
        Task releasing = _databases.ReleaseAsync(_path, CancellationToken.None).AsTask();
        Task disposing = _databases.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        await PassAsync(gate);
        await disposing;
        await releasing;
        Assert.Equal(["close"], _opened[0].Calls);
    }

    private static async Task AssertKindAsync(StorageErrorKind expected, Func<Task> action) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<StorageException>(action)).Kind);

    private TaskCompletionSource Gate()
    {
        var gate = new TaskCompletionSource();
        _opening = _ => gate.Task;
        return gate;
    }

    /// <summary>Opens a gate where what waits for it goes on at once and in its order, as in a worker, which has one thread.</summary>
    private static Task PassAsync(TaskCompletionSource gate) => Task.Run(gate.SetResult);

    /// <summary>Acquires and suspends the database.</summary>
    /// <returns>What the next reopening waits for.</returns>
    private async Task<TaskCompletionSource> SuspendAsync()
    {
        _reopening = static () => Task.CompletedTask;
        await AcquireAsync();
        await _databases.SuspendAsync(_path);
        var gate = new TaskCompletionSource();
        _reopening = () => gate.Task;
        return gate;
    }

    private Task AcquireAsync(CancellationToken cancellationToken = default) =>
        _databases.AcquireAsync(_path, progress: null, cancellationToken).AsTask();

    private async Task<Held> OpenAsync(StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        await _opening(cancellationToken).ConfigureAwait(false);
        var held = new Held();
        _opened.Add(held);
        return held;
    }

    private async Task ReopenAsync(Held held, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        held.Calls.Add("reopen");
        await _reopening().ConfigureAwait(false);
        held.IsAcquired = true;
        _reopened(held);
    }

    private sealed class Held : IAcquiredDatabase
    {
        public List<string> Calls { get; } = [];

        public bool IsAcquired { get; set; } = true;

        public bool IsInUse { get; set; }

        /// <summary>Gets or sets what closing waits for.</summary>
        public Task Closing { get; set; } = Task.CompletedTask;

        public ValueTask SuspendAsync()
        {
            Calls.Add("suspend");
            IsAcquired = false;
            return ValueTask.CompletedTask;
        }

        public ValueTask CloseAsync()
        {
            Calls.Add("close");
            return new ValueTask(Closing);
        }
    }
}
