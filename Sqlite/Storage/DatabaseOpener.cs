using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>Opens a connection and makes sure that there is a readable database behind it, or says why not.</summary>
internal static class DatabaseOpener
{
    /// <exception cref="StorageException">With the cause that the backend gave, and SQLite's own error inside.</exception>
    public static SqliteConnection Open(StoragePath path, string connectionString)
    {
        var connection = new SqliteConnection(connectionString);
        VfsErrors.Last = null;
        try
        {
            connection.Open();
            ReadHeader(connection);
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Explain(path, e, VfsErrors.Last as StorageException);
        }
    }

    /// <summary>
    /// SQLite reads nothing when it opens; the first read finds a wrong header and rolls an interrupted transaction back. Not through a
    /// command, which would block the thread while the database is locked.
    /// </summary>
    private static void ReadHeader(SqliteConnection connection)
    {
        sqlite3 handle = connection.Handle!;
        int code = raw.sqlite3_exec(handle, "PRAGMA schema_version");
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
