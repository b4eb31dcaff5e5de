namespace Isar.Storage.Sqlite;

/// <summary>What one backend has under the name of a database.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Exists">Whether it has a file of that name.</param>
/// <param name="IsMarkedAway">Whether an <see cref="AwayMark"/> says that it is not the database.</param>
internal sealed record FoundCopy(ReadyBackend Backend, bool Exists, bool IsMarkedAway)
{
    /// <summary>Gets whether this may be the database: it is there, and not marked as something else.</summary>
    public bool IsDatabase => Exists && !IsMarkedAway;

    /// <summary>Looks for a database, without listing anything else.</summary>
    public static async ValueTask<FoundCopy> FindAsync(ReadyBackend backend, StoragePath database, CancellationToken cancellationToken) => new(
        backend,
        await HasAsync(backend, database, cancellationToken).ConfigureAwait(false),
        await HasAsync(backend, AwayMark.PathOf(database), cancellationToken).ConfigureAwait(false));

    private static async ValueTask<bool> HasAsync(ReadyBackend backend, StoragePath path, CancellationToken cancellationToken) =>
        (await backend.Backend.ListAsync(path, cancellationToken).ConfigureAwait(false)).Any(entry => entry.Path == path);
}
