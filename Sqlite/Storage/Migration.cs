using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Moves databases from one backend to another.</summary>
/// <remarks>
/// Each step is stored before the next begins, so that after a kill the stored state alone tells which side is the database:
/// the record <c>MovingTo</c>; the mark at the destination; the copy; the mark at the source; the record <c>LeftIn</c>, with which
/// the copy becomes the database; the old one deleted; the mark at the destination gone; the record clear.
/// </remarks>
internal sealed class Migration(IStorageHomes homes, Transit transit, WaitPipeline opening, ILogger logger)
{
    public const string Why = "is being migrated";

    /// <exception cref="StorageException">The database is where it was.</exception>
    public async ValueTask RunAsync(
        StoragePath path, Home source, ReadyBackend destination, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        (ReadyBackend from, StorageHome before) = Check(path, source);
        if (!from.Backend.Exists(path))
            throw new StorageException(StorageErrorKind.NotFound, $"The database \"{path}\" does not exist.");
        if (await from.CheckIntegrityAsync(path, readOnly: false, cancellationToken).ConfigureAwait(false) is { } fault)
        {
            throw new StorageException(StorageErrorKind.Corrupt,
                $"The database \"{path}\" does not pass SQLite's integrity check: {fault}. It stays in the backend \"{from.Name}\".");
        }
        await from.EndLogAsync(path, cancellationToken).ConfigureAwait(false);
        await from.Backend.FlushAsync(path, cancellationToken).ConfigureAwait(false);
        RefuseTooLarge(path, from, destination);

        // The caller's progress reports loading once, when the database is acquired. Loading the copy only restarts the time-out.
        ClosedDatabase copy = await opening.ExecuteAsync(
            path, progress: null, (waiting, token) => ClosedDatabase.CloseAsync(destination, path, Why, waiting, token), cancellationToken)
            .ConfigureAwait(false);
        await using ConfiguredAsyncDisposable releaseCopy = copy.ConfigureAwait(false);
        await RefuseOtherDatabaseAsync(path, destination, cancellationToken).ConfigureAwait(false);

        StorageHome moving = before with { MovingTo = destination.Name };
        await ReplaceAsync(path, before, moving, cancellationToken).ConfigureAwait(false);
        var moved = new StorageHome(destination.Name, LeftIn: from.Name);
        try
        {
            await CopyAsync(path, from, copy, progress, cancellationToken).ConfigureAwait(false);
            await AwayMark.SetAsync(from, path, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            await ReplaceAsync(path, moving, moved, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            await UndoAsync(path, moving, from, destination).ConfigureAwait(false);
            throw;
        }
        await FinishAsync(path, moved, from, destination).ConfigureAwait(false);
    }

    private static (ReadyBackend From, StorageHome Before) Check(StoragePath path, Home home) => home.Record switch
    {
        null => throw new StorageException(StorageErrorKind.Unavailable,
            $"The database \"{path}\" lives in the backend \"{home.Backend.Name}\", which does not keep what is stored; it cannot be migrated."),
        { IsInTransit: true } record => throw new StorageException(StorageErrorKind.Unavailable,
            $"The database \"{path}\" cannot be migrated while the copy that an earlier migration left in the backend "
            + $"\"{record.MovingTo ?? record.LeftIn}\" cannot be deleted."),
        { } record => (home.Backend, record),
    };

    private static void RefuseTooLarge(StoragePath path, ReadyBackend from, ReadyBackend destination)
    {
        using IStorageFile file = from.Backend.Open(path, StorageOpenMode.ReadOnly);
        if (destination.Backend.Capabilities.MaxFileLength is { } max && file.Length > max)
        {
            throw new StorageException(StorageErrorKind.Full,
                $"The database \"{path}\" has {file.Length} bytes; the backend \"{destination.Name}\" takes at most {max} in one file.");
        }
    }

    /// <summary>Refuses to overwrite anything but a copy that is marked as not being the database.</summary>
    private static async ValueTask RefuseOtherDatabaseAsync(StoragePath path, ReadyBackend destination, CancellationToken cancellationToken)
    {
        if (!destination.Backend.Exists(path))
            return;
        FoundCopy copy = await FoundCopy.FindAsync(destination, path, cancellationToken).ConfigureAwait(false);
        if (!copy.IsMarkedAway)
        {
            throw new StorageException(StorageErrorKind.Corrupt,
                $"The backend \"{destination.Name}\" already has another database \"{path}\", which is not in use. "
                + "Nothing was changed; remove or rename it first.");
        }
    }

    private async ValueTask CopyAsync(
        StoragePath path, ReadyBackend from, ClosedDatabase copy, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        ReadyBackend to = copy.Backend;
        await AwayMark.SetAsync(to, path, cancellationToken).ConfigureAwait(false);
        await to.DeleteAsync(path).ConfigureAwait(false);
        await DatabaseCopy.WriteAsync(path, from, to, progress, cancellationToken).ConfigureAwait(false);
        // What is stored must be compared, not what the backend still has in memory.
        if (to.Backend is ILeasedFiles leased)
        {
            await leased.ReleaseAsync(path, cancellationToken).ConfigureAwait(false);
            await opening.ExecuteAsync(path, progress: null, async (waiting, token) =>
            {
                await leased.AcquireAsync(path, waiting, token).ConfigureAwait(false);
                return path;
            }, cancellationToken).ConfigureAwait(false);
        }
        await DatabaseCopy.CompareAsync(path, from, to, progress, cancellationToken).ConfigureAwait(false);
        if (to.Backend.Exists(path) && await to.CheckIntegrityAsync(path, readOnly: true, cancellationToken).ConfigureAwait(false) is { } fault)
            throw DatabaseCopy.Damaged(path, to, $"it does not pass SQLite's integrity check: {fault}");
    }

    private async ValueTask ReplaceAsync(StoragePath path, StorageHome expected, StorageHome home, CancellationToken cancellationToken)
    {
        if (!await homes.TryReplaceAsync(path, expected, home, cancellationToken).ConfigureAwait(false))
            throw new StorageException(StorageErrorKind.Busy, $"Where the database \"{path}\" lives was changed by another tab or process.");
    }

    /// <summary>Undoes a failed migration. If that fails too, opening the database does it; the first failure is the one to report.</summary>
    private async ValueTask UndoAsync(StoragePath path, StorageHome moving, ReadyBackend from, ReadyBackend to)
    {
        try
        {
            // The copy may just have been released.
            if (to.Backend is ILeasedFiles leased)
                await leased.AcquireAsync(path, progress: null, CancellationToken.None).ConfigureAwait(false);
            if (await homes.GetAsync(path, CancellationToken.None).ConfigureAwait(false) == moving)
                await transit.SettleAsync(path, moving, from, to).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            logger.CopyStays(path.Value, to.Name, e);
        }
    }

    /// <summary>Deletes the old copy. A failure is only logged: the database has moved by now.</summary>
    private async ValueTask FinishAsync(StoragePath path, StorageHome moved, ReadyBackend from, ReadyBackend to)
    {
        try
        {
            await transit.SettleAsync(path, moved, to, from).ConfigureAwait(false);
            logger.DatabaseMigrated(path.Value, from.Name, to.Name);
        }
        catch (Exception e)
        {
            logger.CopyStays(path.Value, from.Name, e);
        }
    }
}
