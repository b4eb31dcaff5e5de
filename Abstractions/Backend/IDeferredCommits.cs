namespace Isar.Storage;

/// <summary>
/// A backend that stores commits after SQLite has made them, because its platform stores only asynchronously. A commit is durable when
/// <see cref="IStorageBackend.FlushAsync"/> has completed; when it fails, the commit is undone.
/// </summary>
public interface IDeferredCommits
{
    /// <summary>Raised for a database of which a commit was undone that no caller of <see cref="IStorageBackend.FlushAsync"/> waited for.</summary>
    event Action<StoragePath, StorageException>? CommitUndone;

    /// <summary>
    /// Waits until there is room for more commits and a failed commit has been undone. Await it before SQL runs: until it completes, locks
    /// are refused. It reports no failures; <see cref="IStorageBackend.FlushAsync"/> does.
    /// </summary>
    ValueTask WaitAsync(StoragePath database, CancellationToken cancellationToken);
}
