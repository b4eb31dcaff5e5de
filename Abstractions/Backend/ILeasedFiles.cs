namespace Isar.Storage;

/// <summary>
/// A backend whose files only one process, tab or worker can have at a time, and must <em>acquire</em> before SQLite uses them. It can give
/// them up while they are open; with the platform's <see cref="IStorageLocks"/> a database is handed over between transactions.
/// </summary>
/// <remarks><see cref="AcquiredDatabases{T}"/> does the bookkeeping.</remarks>
public interface ILeasedFiles
{
    /// <summary>
    /// Makes the files of a database (itself and its journals) ready for the synchronous members, also after they were suspended. Does not
    /// create the database. Does nothing when the files are already acquired.
    /// </summary>
    /// <param name="database">The database's path.</param>
    /// <param name="progress">Receives the progress, where this takes long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> while another tab or process holds the files.</exception>
    ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken);

    /// <summary>
    /// Stores what was committed and gives up the files of an acquired database. Open files stay open, but are not used until
    /// <see cref="AcquireAsync"/> makes them usable again. Another holder may have changed everything by then: cached data must be checked
    /// against the stored file first. Called while no open file of the database holds a lock. Does nothing if it is not acquired.
    /// </summary>
    /// <remarks>The files are given up even when storing fails.</remarks>
    ValueTask SuspendAsync(StoragePath database);

    /// <summary>Gives the files of a database back after they were closed. Does nothing if they are not acquired.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> while one of its files is open.</exception>
    ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken);
}
