using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>SQLite's check of a file that came from elsewhere, before it becomes a database.</summary>
internal static class ImportCheck
{
    /// <summary>Asks SQLite for faults, and whether it has all that the file's tables need.</summary>
    /// <param name="connection">A connection to the file that nothing else uses.</param>
    /// <param name="configure">Gives it the functions and collations of the app.</param>
    /// <returns>The first fault, or <see langword="null"/>.</returns>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/>: the schema uses what SQLite does not have here.</exception>
    public static string? FindFault(SqliteConnection connection, Action<SqliteConnection> configure)
    {
        // SQLite's advice for files from others: https://sqlite.org/security.html. It does not look at CHECK constraints when a connection is opened
        // read-only, so this one only promises not to write.
        Execute(connection, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON");
        if (TryFindFault(connection, out string? fault) is null)
            return fault;
        // The schema may need functions of the app, which SQLite calls only for a trusted schema, as that of each connection of the app is.
        Execute(connection, "PRAGMA trusted_schema = ON; PRAGMA query_only = OFF");
        configure(connection);
        Execute(connection, "PRAGMA query_only = ON");
        return TryFindFault(connection, out fault) is not { } lacking ? fault : throw new StorageException(StorageErrorKind.Unavailable,
            $"The file cannot be imported: its schema uses what SQLite does not have here: {lacking.Message.TrimEnd('.')}. An app registers its "
            + "functions and collations for every connection, in a browser in a worker of its own; with checkIntegrity: false the file is imported "
            + "without this check. Nothing was changed.", lacking);
    }

    /// <returns>What SQLite lacks to check the file, or <see langword="null"/> when it is checked.</returns>
    private static SqliteException? TryFindFault(SqliteConnection connection, out string? fault)
    {
        fault = null;
        try
        {
            fault = DatabaseOpener.CheckIntegrity(connection);
            if (fault is null)
                RequireModules(connection);
            return null;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_ERROR)
        {
            return e;
        }
    }

    /// <summary>Compiles a query of each virtual table: the integrity check passes over those whose module is missing.</summary>
    private static void RequireModules(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT 'SELECT 1 FROM \"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_schema "
            + "WHERE type = 'table' AND sql LIKE 'create virtual table%'";
        using SqliteDataReader queries = command.ExecuteReader();
        while (queries.Read())
        {
            int code = raw.sqlite3_prepare_v2(connection.Handle!, queries.GetString(0), out sqlite3_stmt query);
            query.Dispose();
            SqliteException.ThrowExceptionForRC(code, connection.Handle);
        }
    }

    private static void Execute(SqliteConnection connection, string sql) =>
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(connection.Handle!, sql), connection.Handle);
}
