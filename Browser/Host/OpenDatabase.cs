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

    /// <summary>Runs work after all work before it, at once when there is none.</summary>
    public Task RunAsync(Func<OpenDatabase, Task> work) => _last = RunAfterAsync(_last, work);

    private async Task RunAfterAsync(Task previous, Func<OpenDatabase, Task> work)
    {
        // A failure before belongs to the request before.
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await work(this).ConfigureAwait(false);
    }
}
