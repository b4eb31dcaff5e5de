namespace Isar.Storage;

/// <summary>
/// A backend whose files only one process, tab or worker can have at a time, and must <em>acquire</em> before SQLite uses them. It can give
/// them up while they are open; with the platform's <see cref="IStorageLocks"/> a database is handed over between transactions.
/// </summary>
/// <remarks><see cref="AcquiredDatabases{T}"/> does the bookkeeping.</remarks>
public interface ILeasedFiles
{
    /// <summary>
    /// Makes a database's files (the database, its journals) ready for the synchronous members, also again after they were suspended. Does not
    /// create the database. Acquiring what is already acquired does nothing.
    /// </summary>
    /// <param name="database">The database's path.</param>
    /// <param name="progress">Hears how far it is, where that takes long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> while somebody else holds the files.</exception>
    ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken);

    /// <summary>
    /// Stores what was committed and gives up an acquired database's files. Open files stay open and are not used until
    /// <see cref="AcquireAsync"/> makes them usable again. Others may have changed everything by then: nothing that was kept is trusted
    /// unless what is stored proves it. Called while no open file of the database holds a lock; suspending what is not acquired does nothing.
    /// </summary>
    /// <remarks>The files are given up also when this fails.</remarks>
    ValueTask SuspendAsync(StoragePath database);

    /// <summary>Gives the files of a database back after they were closed. Releasing what is not acquired does nothing.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> while one of its files is open.</exception>
    ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken);
}
