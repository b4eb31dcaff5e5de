using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Isar.Storage.Browser;

/// <summary>A connection that the page has open. The session of <c>session.ts</c> runs its requests, one after another.</summary>
/// <param name="name">The database's name.</param>
/// <param name="connection">The open connection.</param>
/// <param name="edge">What to wait for before SQL runs.</param>
internal sealed class PageConnection(string name, SqliteConnection connection, DatabaseEdge edge)
{
    public string Name => name;

    public DatabaseEdge Edge => edge;

    public SqliteConnection Connection => connection;

    /// <summary>
    /// Gets or sets the databases that the commit to be flushed next has detached: what <c>VACUUM INTO</c> has filled is attached no more.
    /// </summary>
    public string[] Detached { get; set; } = [];
}
