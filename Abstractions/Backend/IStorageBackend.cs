namespace Isar.Storage;

/// <summary>
/// A place where files live: a folder, an OPFS directory, memory. Synchronous members are called by SQLite on any thread;
/// what a platform offers only asynchronously happens in the asynchronous members, before or after SQLite runs.
/// </summary>
public interface IStorageBackend : IAsyncDisposable
{
    /// <summary>Gets what this backend is and guarantees. Valid after <see cref="InitializeAsync"/>.</summary>
    StorageCapabilities Capabilities { get; }

    /// <summary>Gets where the files are, for people: a folder, an OPFS directory, "memory".</summary>
    string Location { get; }

    /// <summary>
    /// Prepares the place. Called once, before any other member. A failure changes nothing that is stored.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when the platform does not offer this storage.</exception>
    ValueTask InitializeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Makes a database's files (the database, its journals) ready for the synchronous members. Does not create the database.
    /// Acquiring what is already acquired does nothing.
    /// </summary>
    /// <param name="database">The database's path.</param>
    /// <param name="progress">Hears how far it is, where that takes long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> while somebody else holds the files.</exception>
    ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Gives the files of a database back after they were closed. Releasing what is not acquired does nothing.</summary>
    ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken);

    /// <summary>Completes when every commit made so far on <paramref name="database"/> is stored as the capabilities say.</summary>
    ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken);

    /// <summary>Lists all files with their sizes, acquired or not, in ordinal order of their paths.</summary>
    ValueTask<IReadOnlyList<StorageEntry>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Opens a file.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.NotFound"/> (missing and not to be created), <see cref="StorageErrorKind.NotAFile"/>,
    /// <see cref="StorageErrorKind.ReadOnly"/>, <see cref="StorageErrorKind.PermissionDenied"/>, or
    /// <see cref="StorageErrorKind.Unavailable"/> (its database is not acquired).
    /// </exception>
    IStorageFile Open(StoragePath path, StorageOpenMode mode);

    /// <summary>Tells whether a file of this path exists. A file that was left empty may be gone after a release.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> where its database must be acquired and is not.</exception>
    bool Exists(StoragePath path);

    /// <summary>
    /// Deletes a file; with <paramref name="flush"/>, returns once its absence is durable, on a backend that is
    /// <see cref="IDeferredCommits"/> with the next <see cref="FlushAsync"/> or <see cref="ReleaseAsync"/>.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.NotFound"/> when it does not exist.</exception>
    void Delete(StoragePath path, bool flush);
}

/// <summary>
/// A backend whose files have names outside it, which other programs use too. SQLite is then given those full names, so that what it
/// writes into its journals means the same to every process.
/// </summary>
public interface IFullPaths
{
    /// <summary>Gets the name that other programs know the file by.</summary>
    string ToFullPath(StoragePath path);

    /// <summary>Turns such a name back into a path of this backend; <see langword="false"/> when it lies outside.</summary>
    bool TryFromFullPath(string fullPath, out StoragePath path);
}

/// <summary>One stored file.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct StorageEntry(StoragePath Path, long Length);
