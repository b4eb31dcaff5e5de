using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>A connection that the page has open. Its requests run strictly one after another.</summary>
/// <param name="name">The database's name.</param>
/// <param name="connection">The open connection.</param>
/// <param name="edge">What to wait for before SQL runs.</param>
internal sealed class OpenDatabase(string name, SqliteConnection connection, DatabaseEdge edge)
{
    private Task _last = Task.CompletedTask;

    public string Name => name;

    public DatabaseEdge Edge => edge;

    public SqliteConnection Connection => connection;

    public sqlite3 Handle => connection.Handle!;

    public nint Address => Handle.DangerousGetHandle();

    /// <summary>Gets whether there is no work.</summary>
    public bool IsIdle => _last.IsCompleted;

    /// <summary>Runs work after all work before it, at once when there is none.</summary>
    public Task RunAsync(Func<OpenDatabase, Task> work) => _last = RunAfterAsync(_last, work);

    /// <summary>
    /// Runs work after all work before it, unless that waits in vain for somebody who does not give the database up: then this has waited for
    /// the same, and fails with it.
    /// </summary>
    public Task RunInTurnAsync(Func<OpenDatabase, Task> work, CancellationToken cancellationToken)
    {
        Task previous = _last;
        Task run = RunInTurnAsync(previous, work, cancellationToken);
        // What is cancelled ends before that which it waited for.
        _last = EndAsync(previous, run);
        return run;
    }

    private async Task RunAfterAsync(Task previous, Func<OpenDatabase, Task> work)
    {
        // A failure before belongs to the request before.
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await work(this).ConfigureAwait(false);
    }

    private async Task RunInTurnAsync(Task previous, Func<OpenDatabase, Task> work, CancellationToken cancellationToken)
    {
        await previous.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (previous.Exception?.InnerException is StorageException { Kind: StorageErrorKind.Busy } inVain && inVain.WaitedFor > TimeSpan.Zero)
            throw inVain;
        await work(this).ConfigureAwait(false);
    }

    private static async Task EndAsync(Task previous, Task run)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await run.ConfigureAwait(false);
    }
}
