namespace Isar.Storage;

/// <summary>
/// Locks by name, shared by all that can reach the same storage, such as the tabs and workers of an origin. Not every platform offers
/// them. When a holder dies, its locks are free.
/// </summary>
public interface IStorageLocks
{
    /// <summary>Takes a lock if that needs no wait; otherwise tells the holder that it is wanted.</summary>
    /// <inheritdoc cref="AcquireAsync"/>
    /// <returns>The lock, or <see langword="null"/>; disposing it gives it up.</returns>
    ValueTask<IDisposable?> TryAcquireAsync(string name, bool shared, Action onWanted);

    /// <summary>Waits for a lock and takes it. Requests are served in the order in which they were made.</summary>
    /// <param name="name">The lock's name.</param>
    /// <param name="shared">Whether other holders may share the lock at the same time; otherwise it is exclusive.</param>
    /// <param name="onWanted">
    /// Called when another request waits for this lock to be given up; perhaps more than once. It may come on any thread, and even before
    /// this method has returned.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock; disposing it gives it up.</returns>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/>: the platform does not offer locks here.</exception>
    ValueTask<IDisposable> AcquireAsync(string name, bool shared, Action onWanted, CancellationToken cancellationToken);

    /// <summary>Describes the holder of a lock for people, such as "the page https://example.com/"; <see langword="null"/> if unknown.</summary>
    ValueTask<string?> DescribeHolderAsync(string name, CancellationToken cancellationToken);
}
