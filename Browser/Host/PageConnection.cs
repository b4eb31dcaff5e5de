using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Isar.Storage.Browser;

/// <summary>A connection that the page has open. The session of <c>session.ts</c> runs its requests, one after another.</summary>
/// <param name="name">The database's name.</param>
/// <param name="address">Its <c>sqlite3*</c>.</param>
/// <param name="configured">The connection that the app has configured, if it configures connections; else SQLite's own is all there is.</param>
/// <param name="edge">What to wait for before SQL runs.</param>
internal sealed class PageConnection(string name, nint address, SqliteConnection? configured, DatabaseEdge edge)
{
    public string Name => name;

    public DatabaseEdge Edge => edge;

    /// <summary>
    /// Gets or sets the databases that the commit to be flushed next has detached: what <c>VACUUM INTO</c> has filled is attached no more.
    /// </summary>
    public string[] Detached { get; set; } = [];

    /// <summary>Opens SQLite's own connection, which is most of what a page needs at a fraction of what Microsoft.Data.Sqlite would cost.</summary>
    /// <exception cref="SqliteException">It could not be opened or set up.</exception>
    public static nint OpenAddress(string file, string vfs, string sql)
    {
        nint address = HostInterop.OpenConnection(file, vfs, sql);
        if (address != 0)
            return address;
        int code = HostInterop.GetOpenFailureCode();
        throw new SqliteException(HostInterop.GetOpenFailureMessage(), SqliteCode.Primary(code), code);
    }

    public ValueTask CloseAsync()
    {
        if (configured is not null)
            return configured.DisposeAsync();
        HostInterop.CloseConnection(address);
        return ValueTask.CompletedTask;
    }
}
