using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Short ways to run SQL in a case.</summary>
internal static class SqliteConnectionExtensions
{
    /// <summary>Runs statements that must succeed.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement with one parameter, named <c>$value</c>.</summary>
    public static void Execute(this SqliteConnection connection, string sql, object value)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$value", value);
        command.ExecuteNonQuery();
    }

    /// <summary>Gets the first column of the first row.</summary>
    public static object? Scalar(this SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Gets a number.</summary>
    public static long Number(this SqliteConnection connection, string sql) => Assert.IsType<long>(connection.Scalar(sql));

    /// <summary>Runs one statement without ever waiting for a lock, which a command would do.</summary>
    /// <returns>The extended result code; 0 for success.</returns>
    public static int Try(this SqliteConnection connection, string sql)
    {
        sqlite3 handle = connection.Handle!;
        int code = raw.sqlite3_prepare_v2(handle, sql, out sqlite3_stmt statement);
        using (statement)
        {
            if (code == raw.SQLITE_OK)
            {
                do
                    code = raw.sqlite3_step(statement);
                while (code == raw.SQLITE_ROW);
            }
        }
        return code is raw.SQLITE_OK or raw.SQLITE_DONE ? raw.SQLITE_OK : raw.sqlite3_extended_errcode(handle);
    }

    /// <summary>Fails unless SQLite finds the database sound.</summary>
    public static void AssertSound(this SqliteConnection connection)
        => Assert.Equal("ok", connection.Scalar("PRAGMA integrity_check"));

    /// <summary>Makes a table <c>t(id, x)</c> with rows of 1000 letters each.</summary>
    public static void Fill(this SqliteConnection connection, int rows, char letter = 'a')
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, x TEXT)");
        connection.Insert(rows, letter);
    }

    /// <summary>Adds rows of 1000 letters each.</summary>
    public static void Insert(this SqliteConnection connection, int rows, char letter)
        => connection.Execute(
            $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
            + $"INSERT INTO t (x) SELECT replace(hex(zeroblob(500)), '0', '{letter}') FROM n WHERE {rows} > 0");

    /// <summary>Counts the rows of <see cref="Fill"/> that hold a letter, all of them whole.</summary>
    public static long Count(this SqliteConnection connection, char letter = 'a')
        => connection.Number($"SELECT count(*) FROM t WHERE x = replace(hex(zeroblob(500)), '0', '{letter}')");
}
