using Microsoft.Data.Sqlite;

namespace Isar.Storage.Benchmarks.Native;

/// <summary>One of the two that are compared: a database and its connections, on native files. Both have the same engine and settings.</summary>
/// <param name="name">Its name in the table.</param>
/// <param name="connectionString">Its connection string for Microsoft.Data.Sqlite.</param>
/// <param name="open">Opens a connection as its users do.</param>
/// <param name="inTransaction">Runs a transaction that is wholly durable, on a connection of its own.</param>
internal sealed class NativeSide(
    string name, string connectionString, Func<SqliteConnection> open, Action<Action<SqliteConnection>> inTransaction) : IDisposable
{
    /// <summary>In KiB, a small part of the database.</summary>
    private const int SmallCache = 100;

    private readonly Dictionary<string, SqliteCommand> _prepared = [];

    public string Name => name;

    /// <summary>Gets the connection of everything but what needs one of its own. Its cache holds what is read again and again.</summary>
    public SqliteConnection Connection { get; } = Set(open(), "PRAGMA cache_size = -8000");

    /// <summary>Gets a connection whose cache holds almost nothing of the database.</summary>
    public SqliteConnection Uncached { get; } = Set(open(), $"PRAGMA cache_size = -{SmallCache}");

    /// <summary>Opens one more connection as its users do.</summary>
    public SqliteConnection Open() => open();

    /// <summary>Opens one more connection by its connection string, as EF Core does.</summary>
    public SqliteConnection OpenByString()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        return connection;
    }

    /// <summary>Runs a transaction on a connection of its own, and returns when its commit and the removal of the journal are durable.</summary>
    public void RunInTransaction(Action<SqliteConnection> work) => inTransaction(work);

    public void Execute(string sql) => Execute(Connection, sql);

    /// <summary>Gets a prepared command of a connection with the parameters <c>$0</c>, <c>$1</c> and so on, the same one each time.</summary>
    public SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
    {
        string key = (connection == Connection ? "cached " : "uncached ") + sql;
        if (_prepared.TryGetValue(key, out SqliteCommand? command))
            return command;
        command = connection.CreateCommand();
        command.CommandText = sql;
        for (int i = 0; i < parameters; i++)
            command.Parameters.AddWithValue($"${i}", 0);
        _prepared.Add(key, command);
        return command;
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in _prepared.Values)
            command.Dispose();
        Connection.Dispose();
        Uncached.Dispose();
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Gives a connection what both sides have; without that this library commits with <c>synchronous=EXTRA</c>.</summary>
    private static SqliteConnection Set(SqliteConnection connection, string more)
    {
        Execute(connection, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;" + more);
        return connection;
    }
}
