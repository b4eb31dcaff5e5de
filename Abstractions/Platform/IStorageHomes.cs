namespace Isar.Storage;

/// <summary>
/// The record of where each database lives, for a storage that chooses among several backends. It outlives the backends and their files.
/// Safe for any threads, tabs and processes.
/// </summary>
public interface IStorageHomes
{
    /// <summary>Begins to open the record, so that its first use need not wait for that. Reports no failure; the first use does.</summary>
    void Begin()
    {
    }

    /// <summary>Gets where a database lives, or <see langword="null"/> when nothing is recorded.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when the record cannot be read.</exception>
    ValueTask<StorageHome?> GetAsync(StoragePath database, CancellationToken cancellationToken);

    /// <summary>Gets everything that is recorded.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when the record cannot be read.</exception>
    ValueTask<IReadOnlyDictionary<StoragePath, StorageHome>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Replaces the record of a database, atomically and durably, if it still is <paramref name="expected"/>.</summary>
    /// <param name="database">The database.</param>
    /// <param name="expected">The record that the caller has seen; <see langword="null"/> when there was none.</param>
    /// <param name="home">The new record; <see langword="null"/> to remove it.</param>
    /// <param name="cancellationToken">Ends the wait before the replacement begins.</param>
    /// <returns><see langword="false"/> when something else is recorded; nothing is changed then.</returns>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when the record cannot be changed.</exception>
    ValueTask<bool> TryReplaceAsync(StoragePath database, StorageHome? expected, StorageHome? home, CancellationToken cancellationToken);
}

/// <summary>Where a database lives.</summary>
/// <param name="Backend">The name of the backend that has it.</param>
/// <param name="MovingTo">
/// The backend that a migration is copying it to, or was when it was broken off; the copy there is not the database. Otherwise
/// <see langword="null"/>.
/// </param>
/// <param name="LeftIn">The backend in which a migration left an old copy that is to be deleted, or <see langword="null"/>.</param>
public sealed record StorageHome(string Backend, string? MovingTo = null, string? LeftIn = null)
{
    /// <summary>Gets whether a migration is going on or was broken off.</summary>
    public bool IsInTransit => MovingTo is not null || LeftIn is not null;
}
