using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>An empty in-memory database of the engine.</summary>
internal sealed class ProviderDatabase : IDisposable
{
    public ProviderDatabase(string connectionString = "Data Source=:memory:")
    {
        Connection = new SqliteConnection(connectionString);
        Connection.Open();
    }

    public SqliteConnection Connection { get; }

    public sqlite3 Handle => Connection.Handle!;

    public SqliteCommand Command(string sql, params object?[] parameters)
    {
        SqliteCommand command = Connection.CreateCommand();
        command.CommandText = sql;
        for (int i = 0; i < parameters.Length; i++)
            command.Parameters.AddWithValue($"${i + 1}", parameters[i] ?? DBNull.Value);
        return command;
    }

    public int Execute(string sql, params object?[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public object? Scalar(string sql, params object?[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        return command.ExecuteScalar();
    }

    /// <summary>Compiles a statement with the raw interface.</summary>
    public sqlite3_stmt Prepare(string sql)
    {
        int code = raw.sqlite3_prepare_v2(Handle, sql, out sqlite3_stmt statement);
        return code == raw.SQLITE_OK
            ? statement
            : throw new InvalidOperationException($"{code}: {raw.sqlite3_errmsg(Handle).utf8_to_string()}");
    }

    public void Dispose() => Connection.Dispose();
}
