using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Clears away what a broken-off migration has left: a copy that is not complete, or one that the database moved away from.</summary>
internal sealed class Transit(IStorageHomes homes, Func<string, BackendStorage?> findBackend, ILogger logger)
{
    private const string Why = "is being cleared up after a migration";

    /// <summary>Clears up after a migration unless it still goes on. The database's home is complete and usable in either case.</summary>
    /// <returns>The record after that, or <see langword="null"/> when another tab or process has changed it.</returns>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/>: the database is held, perhaps by the migration.</exception>
    public async ValueTask<StorageHome?> ClearAsync(
        StoragePath path, StorageHome record, ReadyBackend home, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        // A database that is open here cannot be moving; the next opening clears up.
        if (home.Vfs.Files.IsOpen(path))
            return record;
        ReadyBackend? other = findBackend(OtherOf(record)) is { } added
            ? await added.TryGetAsync(cancellationToken).ConfigureAwait(false)
            : null;
        if (other is null)
        {
            logger.CopyStays(path.Value, OtherOf(record), cause: null);
            return record;
        }
        ClosedDatabase homeFiles = await CloseAsync(home).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable releaseHome = homeFiles.ConfigureAwait(false);
        ClosedDatabase otherFiles = await CloseAsync(other).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable releaseOther = otherFiles.ConfigureAwait(false);
        if (await homes.GetAsync(path, cancellationToken).ConfigureAwait(false) != record)
            return null;
        try
        {
            return await SettleAsync(path, record, home, other).ConfigureAwait(false);
        }
        catch (StorageException e) when (!e.IsTransient)
        {
            logger.CopyStays(path.Value, other.Name, e);
            return record;
        }

        ValueTask<ClosedDatabase> CloseAsync(ReadyBackend backend) => ClosedDatabase.CloseAsync(
            backend, path, Why, progress is null ? null : new StageProgress(progress, StorageStage.ClearingUp), cancellationToken);
    }

    /// <summary>Deletes the copy that is not the database, and records that it is gone. The files of both are acquired.</summary>
    /// <returns>The record after that.</returns>
    public async ValueTask<StorageHome> SettleAsync(StoragePath path, StorageHome record, ReadyBackend home, ReadyBackend other)
    {
        await other.DeleteAsync(path).ConfigureAwait(false);
        await AwayMark.ClearAsync(home, path, CancellationToken.None).ConfigureAwait(false);
        if (record.MovingTo is not null)
            await AwayMark.ClearAsync(other, path, CancellationToken.None).ConfigureAwait(false);
        StorageHome settled = record.MovingTo is not null ? record with { MovingTo = null } : record with { LeftIn = null };
        return await homes.TryReplaceAsync(path, record, settled, CancellationToken.None).ConfigureAwait(false)
            ? settled
            : throw new StorageException(StorageErrorKind.Busy, $"Where the database \"{path}\" lives was changed by another tab or process.");
    }

    private static string OtherOf(StorageHome record) => record.MovingTo ?? record.LeftIn!;
}
