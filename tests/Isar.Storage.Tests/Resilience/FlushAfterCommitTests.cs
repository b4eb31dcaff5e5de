using Isar.Storage.Backends.Memory;
using Isar.Storage.Conformance;
using Isar.Storage.Tests.Worlds;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Isar.Storage.Tests.Resilience;

/// <summary>What follows when a commit cannot be stored after SQLite has made it.</summary>
public sealed class FlushAfterCommitTests
{
    private readonly TimerClock _clock = new();
    private int _runs;

    [Fact]
    public async Task A_transaction_completes_when_its_commit_is_stored()
    {
        var stored = new TaskCompletionSource();
        await using ServiceProvider services = Start(deferred: true, _ => new ValueTask(stored.Task));
        Task running = RunAsync(services);
        Assert.Equal(1, _runs);
        Assert.False(running.IsCompleted);
        stored.SetResult();
        await running;
    }

    [Fact]
    public async Task A_commit_that_was_undone_because_others_were_in_the_way_is_done_again()
    {
        await using ServiceProvider services = Start(deferred: true, n => n == 1 ? ValueTask.FromException(Pipelines.Held()) : default);
        Task running = RunAsync(services);
        await _clock.AdvanceUntilAsync(running);
        await running;
        Assert.Equal(2, _runs);
    }

    [Fact]
    public async Task A_commit_that_was_undone_for_another_reason_is_an_error()
    {
        var full = new StorageException(StorageErrorKind.Full, "no space");
        await using ServiceProvider services = Start(deferred: true, _ => ValueTask.FromException(full));
        Assert.Same(full, await Assert.ThrowsAsync<StorageException>(() => RunAsync(services)));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_commit_that_stands_although_its_flush_failed_is_not_done_again()
    {
        await using ServiceProvider services = Start(deferred: false, static _ => ValueTask.FromException(Pipelines.Held()));
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => RunAsync(services));
        Assert.Equal(StorageErrorKind.Io, failure.Kind);
        Assert.Contains("may be committed or not", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task SQL_runs_only_after_the_wait_for_earlier_commits()
    {
        var waited = new TaskCompletionSource();
        var waits = new Queue<Task>([Task.CompletedTask, waited.Task]);
        await using ServiceProvider services = Start(deferred: true, static _ => default, () => new ValueTask(waits.Dequeue()));
        Task running = RunAsync(services);
        Assert.Equal(0, _runs);
        waited.SetResult();
        await running;
        Assert.Equal(1, _runs);
    }

    private Task RunAsync(IServiceProvider services) =>
        services.GetRequiredService<IIsarStorage>().ExecuteInTransactionAsync("x.db", (connection, _) =>
    {
        _runs++;
        Database.Execute(connection, "CREATE TABLE IF NOT EXISTS t (x)");
        return ValueTask.CompletedTask;
    }).AsTask();

    private ServiceProvider Start(bool deferred, Func<int, ValueTask> flush, Func<ValueTask>? wait = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddIsarStorage().AddBackend("flushed", _ =>
            deferred ? new DeferredBackend(flush, wait ?? (static () => default)) : new FlushedBackend(flush));
        return services.BuildServiceProvider();
    }

    private class FlushedBackend(Func<int, ValueTask> flush) : DelegatingBackend(new MemoryBackend(new MemoryBackendOptions()))
    {
        private int _flushes;

        public override ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken) => flush(++_flushes);
    }

    private sealed class DeferredBackend(Func<int, ValueTask> flush, Func<ValueTask> wait) : FlushedBackend(flush), IDeferredCommits
    {
        public event Action<StoragePath, StorageException>? CommitUndone
        {
            add { }
            remove { }
        }

        public ValueTask WaitAsync(StoragePath database, CancellationToken cancellationToken) => wait();
    }
}
