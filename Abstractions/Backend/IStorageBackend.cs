namespace Isar.Storage;

/// <summary>
/// A place where files live: a folder, an OPFS directory, memory. Synchronous members are called by SQLite on any thread;
/// what a platform offers only asynchronously happens in the asynchronous members, before or after SQLite runs.
/// </summary>
/// <remarks>
/// Optional abilities are interfaces of their own that a backend implements or leaves out: <see cref="ILeasedFiles"/>,
/// <see cref="ILinkedDatabases"/>, <see cref="IDeferredCommits"/>, <see cref="IFullPaths"/>, <see cref="IOtherProcesses"/>,
/// <see cref="ITemporaryFiles"/>.
/// </remarks>
public interface IStorageBackend : IAsyncDisposable
{
    /// <summary>Gets what this backend is and guarantees. Valid after <see cref="InitializeAsync"/>.</summary>
    StorageCapabilities Capabilities { get; }

    /// <summary>Gets where the files are, for people: a folder, an OPFS directory, "memory".</summary>
    string Location { get; }

    /// <summary>Prepares the place. Called once, before any other member. A failure leaves stored data unchanged.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when the platform does not offer this storage.</exception>
    ValueTask InitializeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Completes when every commit made so far on <paramref name="database"/> is as durable as <see cref="StorageCapabilities.Durability"/> says.
    /// </summary>
    ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken);

    /// <summary>
    /// Lists files with their sizes, acquired or not, in ordinal order of their paths. What this costs must not depend on files that are not
    /// listed: every opening asks for a few paths.
    /// </summary>
    /// <param name="at">The only file to list, or the directory of those to list; <see langword="null"/> for all files.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Nothing when there is neither a file nor a directory at <paramref name="at"/>.</returns>
    ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken);

    /// <summary>Opens a file.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.NotFound"/> (missing and not to be created), <see cref="StorageErrorKind.NotAFile"/>,
    /// <see cref="StorageErrorKind.ReadOnly"/>, <see cref="StorageErrorKind.PermissionDenied"/>, or
    /// <see cref="StorageErrorKind.Unavailable"/> (its database is not acquired).
    /// </exception>
    IStorageFile Open(StoragePath path, StorageOpenMode mode);

    /// <summary>
    /// Gets the length of a file in bytes; <see langword="null"/> when there is none of this path. A file that was left empty may be gone after
    /// a release.
    /// </summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Unavailable"/> where its database must be acquired and is not; <see cref="StorageErrorKind.NotAFile"/> when
    /// the path names a directory of the platform.
    /// </exception>
    long? GetLength(StoragePath path);

    /// <summary>
    /// Deletes a file. With <paramref name="flush"/>, returns once the deletion is durable; on a backend with
    /// <see cref="IDeferredCommits"/> the next <see cref="FlushAsync"/> or <see cref="ILeasedFiles.ReleaseAsync"/> makes it durable.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.NotFound"/> when it does not exist.</exception>
    void Delete(StoragePath path, bool flush);
}

/// <summary>Shorter ways to ask a backend.</summary>
public static class StorageBackendExtensions
{
    /// <summary>Tells whether there is a file of this path, even an empty one.</summary>
    /// <exception cref="StorageException">As for <see cref="IStorageBackend.GetLength"/>.</exception>
    public static bool Exists(this IStorageBackend backend, StoragePath path) => backend.GetLength(path) is not null;
}

/// <summary>One stored file.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct StorageEntry(StoragePath Path, long Length);
