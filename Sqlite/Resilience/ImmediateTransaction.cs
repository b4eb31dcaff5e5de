using System.Data;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>One attempt of a transaction on an open connection: <c>BEGIN IMMEDIATE</c>, the work, <c>COMMIT</c>, or <c>ROLLBACK</c>.</summary>
/// <remarks>
/// Executed on the handle, because a command of Microsoft.Data.Sqlite sleeps while the database is locked: that blocks the thread, and in
/// a browser the one that could unlock it.
/// </remarks>
internal static class ImmediateTransaction
{
    /// <summary>Runs the transaction. When this throws, it was undone, unless the episode was told that its outcome is unknown.</summary>
    public static async ValueTask<T> RunAsync<T>(
        StoragePath path,
        SqliteConnection connection,
        Func<SqliteConnection, CancellationToken, ValueTask<T>> work,
        TransactionEpisode episode,
        CancellationToken cancellationToken)
    {
        sqlite3 handle = connection.Handle!;
        Execute(handle, "BEGIN IMMEDIATE");
        try
        {
            T result = await work(connection, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            Check(path, connection, handle);
            while (!TryCommit(path, handle, episode))
            {
                // What was written keeps new readers away meanwhile. Rolling back would let them in, and there may always be one.
                if (!await episode.WaitForReadersAsync(cancellationToken).ConfigureAwait(false))
                    SqliteException.ThrowExceptionForRC(raw.SQLITE_BUSY, handle);
            }
            return result;
        }
        catch
        {
            RollBack(handle);
            throw;
        }
    }

    /// <summary>Runs work while no other connection can write. Nothing is committed: that would have to wait for readers.</summary>
    public static async ValueTask<T> HoldAsync<T>(SqliteConnection connection, Func<ValueTask<T>> work)
    {
        sqlite3 handle = connection.Handle!;
        Execute(handle, "BEGIN IMMEDIATE");
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            RollBack(handle);
        }
    }

    /// <summary>
    /// Tells whether SQLite itself flushes all that its commits on a connection do, also the removal of the journal; of a write-ahead log
    /// there is nothing to remove. Not said of attached databases, each of which has a journal and settings of its own.
    /// </summary>
    public static bool FlushesCommits(SqliteConnection connection)
    {
        const string Full = "2";
        const string Extra = "3";
        return ConnectionSettings.Ask(connection, "PRAGMA main.synchronous") switch
        {
            Extra => true,
            Full => ConnectionSettings.HasLog(connection),
            _ => false,
        } && ConnectionSettings.Ask(connection, "SELECT count(*) FROM pragma_database_list WHERE name NOT IN ('main', 'temp')") == "0";
    }

    private static void Check(StoragePath path, SqliteConnection connection, sqlite3 handle)
    {
        if (connection.State != ConnectionState.Open || connection.Handle != handle)
            throw Misuse(path, "it closed the connection, which rolls the transaction back");
        if (!IsActive(handle))
        {
            throw Misuse(path,
                "the transaction has already ended: by a COMMIT or ROLLBACK of the work, or by SQLite after an error that the work caught");
        }
    }

    /// <returns><see langword="false"/> when other connections still read; the transaction then stays open.</returns>
    private static bool TryCommit(StoragePath path, sqlite3 handle, TransactionEpisode episode)
    {
        try
        {
            Execute(handle, "COMMIT");
            return true;
        }
        catch (SqliteException e) when (e.Message.Contains("SQL statements in progress", StringComparison.Ordinal))
        {
            // SQLITE_BUSY too, but no other connection is in the way. As the cause of what is thrown it would lead to a retry.
            throw Misuse(path, "it left a statement that writes unfinished: dispose its reader");
        }
        catch (SqliteException e) when (StoragePipelines.IsRetryable(e))
        {
            // A commit that readers are in the way of leaves the transaction open. If this one ended it, the outcome is unknown.
            return IsActive(handle) ? false : throw episode.OutcomeUnknown(e);
        }
    }

    /// <summary>Rolls back. A failure is ignored: the caller gets the reason for the rollback, and SQLite ends the transaction anyway.</summary>
    private static void RollBack(sqlite3 handle)
    {
        // The work may have closed the connection, which rolled back.
        if (!handle.IsClosed && IsActive(handle))
            raw.sqlite3_exec(handle, "ROLLBACK");
    }

    /// <exception cref="SqliteException">It failed. A locked database fails at once, without a wait.</exception>
    private static void Execute(sqlite3 handle, string sql)
    {
        raw.sqlite3_busy_timeout(handle, 0);
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(handle, sql), handle);
    }

    private static bool IsActive(sqlite3 handle) => raw.sqlite3_get_autocommit(handle) == 0;

    private static InvalidOperationException Misuse(StoragePath path, string what) =>
        new($"The work of a transaction on the database \"{path}\" must leave the transaction as it is, but {what}.");
}
