using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>Opens a connection and makes sure that there is a readable database behind it, or says why not.</summary>
/// <remarks>
/// SQLite reads nothing when it opens. Before it sets <c>synchronous</c> it reads the schema, which finds a wrong header and rolls an
/// interrupted transaction back. <c>synchronous=EXTRA</c> makes also the removal of a journal durable, without which a power loss could undo
/// an acknowledged commit (<see href="https://sqlite.org/pragma.html#pragma_synchronous">PRAGMA synchronous</see>).
/// </remarks>
internal static class DatabaseOpener
{
    private const string Durable = "PRAGMA synchronous = EXTRA";

    /// <summary>The mode alone touches no log and no index: that they can be used shows only when something is read.</summary>
    private const string Logged = "PRAGMA journal_mode = WAL; SELECT 1 FROM sqlite_schema";

    /// <summary>Takes a log away without its index.</summary>
    private const string Unlogged =
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA locking_mode = NORMAL; SELECT 1 FROM sqlite_schema";

    /// <exception cref="StorageException">With the cause that the backend gave, and SQLite's own error inside.</exception>
    public static SqliteConnection Open(StoragePath path, string connectionString, bool beginsLog = false) => Open(path, sql =>
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            Execute(connection, sql);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }, beginsLog);

    /// <summary>Opens a connection.</summary>
    /// <param name="path">The database.</param>
    /// <param name="open">Opens it, runs the SQL that sets it up, and leaves nothing behind when it throws.</param>
    /// <param name="beginsLog">Whether a write-ahead log is begun, unless another connection is just making the database.</param>
    /// <inheritdoc cref="Open(StoragePath, string, bool)"/>
    public static T Open<T>(StoragePath path, Func<string, T> open, bool beginsLog)
    {
        VfsCall call = VfsCall.Begin();
        try
        {
            return beginsLog && TryOpenLogged(open, out T? logged) ? logged : open(Durable);
        }
        catch (SqliteException e)
        {
            throw Explain(path, e, call.Failure as StorageException);
        }
    }

    /// <summary>Asks SQLite for faults (<see href="https://sqlite.org/pragma.html#pragma_integrity_check">PRAGMA integrity_check</see>).</summary>
    /// <returns>The first, or <see langword="null"/>.</returns>
    /// <exception cref="SqliteException">The connection lacks a function, collation or module of the schema, so SQLite cannot check it.</exception>
    public static string? CheckIntegrity(SqliteConnection connection)
    {
        sqlite3 handle = connection.Handle!;
        int code = raw.sqlite3_prepare_v2(handle, "PRAGMA integrity_check(1)", out sqlite3_stmt statement);
        using (statement)
        {
            if (code == raw.SQLITE_OK)
                code = raw.sqlite3_step(statement);
            if (code == raw.SQLITE_ERROR)
                SqliteException.ThrowExceptionForRC(code, handle);
            if (code != raw.SQLITE_ROW)
                return raw.sqlite3_errmsg(handle).utf8_to_string();
            string answer = raw.sqlite3_column_text(statement, 0).utf8_to_string();
            return answer == "ok" ? null : answer.Trim();
        }
    }

    /// <summary>Begins a write-ahead log.</summary>
    /// <returns><see langword="false"/> when that cannot be done now, such as for want of space. The database is sound then too.</returns>
    public static bool TryBeginLog(SqliteConnection connection) => raw.sqlite3_exec(connection.Handle!, Logged) == raw.SQLITE_OK;

    /// <summary>
    /// Moves what only a write-ahead log holds into the database, and ends the log: <c>journal_mode=DELETE</c>. Without a log it does nothing.
    /// </summary>
    /// <returns>Whether there was a log.</returns>
    /// <exception cref="SqliteException">Others have the database open.</exception>
    public static bool EndLog(SqliteConnection connection)
    {
        if (!ConnectionSettings.HasLog(connection))
            return false;
        Execute(connection, "PRAGMA journal_mode = DELETE");
        return true;
    }

    private static bool TryOpenLogged<T>(Func<string, T> open, [MaybeNullWhen(false)] out T opened)
    {
        try
        {
            opened = open($"{Logged}; {Durable}");
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteCode.IoError or SqliteCode.CantOpen)
        {
            // The file system may have no shared memory. If it is broken, this fails too, and says how.
            opened = open($"{Unlogged}; {Durable}");
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteCode.Busy or SqliteCode.Locked)
        {
            opened = default;
            return false;
        }
    }

    /// <summary>Executes at once or fails: a command would block the thread while the database is locked.</summary>
    private static void Execute(SqliteConnection connection, string sql)
    {
        sqlite3 handle = connection.Handle!;
        int code = raw.sqlite3_exec(handle, sql);
        SqliteException.ThrowExceptionForRC(code, handle);
    }

    private static StorageException Explain(StoragePath path, SqliteException failure, StorageException? cause)
    {
        (StorageErrorKind kind, string why) = failure.SqliteErrorCode switch
        {
            SqliteCode.NotADatabase => (StorageErrorKind.Corrupt, "the file is not an SQLite database. Nothing in it was changed"),
            SqliteCode.Corrupt => (StorageErrorKind.Corrupt, "its content is damaged. Nothing in it was changed"),
            SqliteCode.Busy => (StorageErrorKind.Busy, "another connection holds a lock on it"),
            _ when cause is not null => (cause.Kind, cause.Message.TrimEnd('.')),
            SqliteCode.Full => (StorageErrorKind.Full, failure.Message),
            _ => (StorageErrorKind.Io, failure.Message),
        };
        return new StorageException(kind, $"The database \"{path}\" cannot be opened: {why}.", failure);
    }
}
