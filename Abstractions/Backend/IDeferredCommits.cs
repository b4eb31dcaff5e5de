namespace Isar.Storage;

/// <summary>
/// A backend that stores commits after SQLite has made them, because its platform stores only asynchronously. A commit is durable when
/// <see cref="IStorageBackend.FlushAsync"/> has completed; when it fails, the commit is undone.
/// </summary>
public interface IDeferredCommits
{
    /// <summary>
    /// Waits while so much is to be stored that no more must be added, or while a commit that could not be stored is being undone. To be
    /// awaited before SQL runs; until it completes, locks are refused. Reports no failures: those belong to
    /// <see cref="IStorageBackend.FlushAsync"/>.
    /// </summary>
    ValueTask WaitAsync(StoragePath database, CancellationToken cancellationToken);
}
