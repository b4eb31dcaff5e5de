using Microsoft.Data.Sqlite;

namespace Isar.Storage;

/// <summary>
/// Databases by name in one directory of one backend. Resolve it from the services: without a key for the default backend, with a
/// backend's name as key for that one. Safe for any threads; the connections it hands out are not.
/// </summary>
public interface IIsarStorage
{
    /// <summary>Opens a database and hands out an open connection, which the caller disposes. Creates the database if it does not exist.</summary>
    /// <remarks>The files stay acquired when the connection is disposed, until the database is deleted or the storage is disposed.</remarks>
    /// <param name="database">The database's name, such as <c>notes.db</c>; the rules are those of <see cref="StoragePath"/>.</param>
    /// <param name="cancellationToken">Ends the wait for files that somebody else holds.</param>
    /// <exception cref="StorageException">
    /// The database cannot be opened; <see cref="StorageException.Kind"/> says why:
    /// <see cref="StorageErrorKind.Corrupt"/> when the file is no SQLite database, <see cref="StorageErrorKind.Busy"/> when somebody
    /// else held it for longer than <see cref="IsarStorageOptions.OpenTimeout"/>.
    /// </exception>
    ValueTask<SqliteConnection> OpenAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a database ready to be opened by others with <see cref="GetConnectionString"/> (EF Core, Dapper). Does not create it.
    /// Needed in a browser, where files can only be acquired asynchronously; elsewhere it does no harm.
    /// </summary>
    /// <exception cref="StorageException">As for <see cref="OpenAsync"/>.</exception>
    ValueTask PrepareAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>Gets the connection string of a database, for <c>UseSqlite(...)</c> of EF Core or a <see cref="SqliteConnection"/> of your own.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/> or <see cref="StorageErrorKind.Unavailable"/>.</exception>
    /// <exception cref="InvalidOperationException">The backend initialises asynchronously: await <see cref="PrepareAsync"/> first.</exception>
    string GetConnectionString(string database);

    /// <summary>Tells whether a database exists.</summary>
    ValueTask<bool> ExistsAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>Deletes a database with its journals.</summary>
    /// <returns><see langword="false"/> when it did not exist.</returns>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> while connections have it open.</exception>
    ValueTask<bool> DeleteAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>Lists the databases, without journals, in ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<StorageEntry>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Completes when every commit made so far is stored as the report's capabilities say.</summary>
    ValueTask FlushAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>Reports which backend is in use, why, and what it guarantees.</summary>
    ValueTask<StorageReport> GetReportAsync(CancellationToken cancellationToken = default);
}
