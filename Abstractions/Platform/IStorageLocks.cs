namespace Isar.Storage;

/// <summary>
/// Locks by name that everybody who can reach the same storage shares, such as the tabs and workers of an origin. A platform offers them
/// where it can; the lock of somebody who died is free.
/// </summary>
public interface IStorageLocks
{
    /// <summary>Takes a lock if nobody is in the way; if somebody is, lets him know.</summary>
    /// <inheritdoc cref="AcquireAsync"/>
    /// <returns>The lock, which disposing it gives up, or <see langword="null"/>.</returns>
    ValueTask<IDisposable?> TryAcquireAsync(string name, bool shared, Action onWanted);

    /// <summary>Waits for its turn and takes a lock. Turns come in the order of asking, so nobody is passed over.</summary>
    /// <param name="name">The lock's name.</param>
    /// <param name="shared">Whether others may have it shared at the same time; otherwise nobody else has it.</param>
    /// <param name="onWanted">
    /// Called when somebody else waits for it who cannot have it beside this one; perhaps more than once. May come on any thread, and
    /// from the moment the lock is taken, which can be before this method has returned.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The lock, which disposing it gives up.</returns>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/>: the platform does not offer locks here.</exception>
    ValueTask<IDisposable> AcquireAsync(string name, bool shared, Action onWanted, CancellationToken cancellationToken);

    /// <summary>Tells who has a lock, for people, such as "the page https://example.com/"; <see langword="null"/> when nobody is known.</summary>
    ValueTask<string?> DescribeHolderAsync(string name, CancellationToken cancellationToken);
}
