using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>Asks SQLite about a connection. At once: a command would block the thread while the database is locked.</summary>
internal static class ConnectionSettings
{
    /// <summary>Gets the first value of a query or pragma as text; <see langword="null"/> when there is none, or SQLite cannot answer now.</summary>
    public static string? Ask(SqliteConnection connection, string sql)
    {
        int code = raw.sqlite3_prepare_v2(connection.Handle!, sql, out sqlite3_stmt statement);
        using (statement)
        {
            return code == raw.SQLITE_OK && raw.sqlite3_step(statement) == raw.SQLITE_ROW
                ? raw.sqlite3_column_text(statement, 0).utf8_to_string()
                : null;
        }
    }

    /// <summary>Tells whether a connection's database has a write-ahead log.</summary>
    public static bool HasLog(SqliteConnection connection) => Ask(connection, "PRAGMA main.journal_mode") == "wal";
}
