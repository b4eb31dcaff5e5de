using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>A connection that the page has open. Its requests run strictly one after another.</summary>
/// <param name="name">The database's name.</param>
/// <param name="connection">The open connection.</param>
/// <param name="edge">What to wait for before SQL runs.</param>
internal sealed class PageConnection(string name, SqliteConnection connection, DatabaseEdge edge)
{
    private Task _last = Task.CompletedTask;

    public string Name => name;

    public DatabaseEdge Edge => edge;

    public SqliteConnection Connection => connection;

    public sqlite3 Handle => connection.Handle!;

    public nint Address => Handle.DangerousGetHandle();

    /// <summary>Gets whether all work is done.</summary>
    public bool IsIdle => _last.IsCompleted;

    /// <summary>Runs work after all earlier work, or at once.</summary>
    public Task RunAsync(Func<PageConnection, Task> work) => _last = RunAfterAsync(_last, work);

    /// <summary>
    /// Runs work after all earlier work. If the request before it timed out waiting for the database, the work gets that error: it would wait
    /// for the same holder, so it must not wait again.
    /// </summary>
    public Task RunInTurnAsync(Func<StorageException?, Task> work, CancellationToken cancellationToken)
    {
        Task previous = _last;
        Task run = RunInTurnAsync(previous, work, cancellationToken);
        _last = EndAsync(previous, run);
        return run;
    }

    private async Task RunAfterAsync(Task previous, Func<PageConnection, Task> work)
    {
        // A failure of the earlier work belongs to its own request.
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await work(this).ConfigureAwait(false);
    }

    private static async Task RunInTurnAsync(Task previous, Func<StorageException?, Task> work, CancellationToken cancellationToken)
    {
        await previous.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var failure = previous.Exception?.InnerException as StorageException;
        await work(failure is { Kind: StorageErrorKind.Busy } && failure.WaitedFor > TimeSpan.Zero ? failure : null).ConfigureAwait(false);
    }

    /// <summary>A cancelled request ends before its predecessor; those behind it must still wait for the predecessor.</summary>
    private static async Task EndAsync(Task previous, Task run)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (run.IsCanceled ? previous : run).ConfigureAwait(false);
    }
}
