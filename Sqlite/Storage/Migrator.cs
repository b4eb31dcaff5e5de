using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Decides whether, from where and to where one storage migrates a database.</summary>
/// <param name="choice">The storage's candidates: the destinations that are possible.</param>
/// <param name="resolver">Where a database lives.</param>
/// <param name="migration">Moves the database; <see langword="null"/> where the storage has only one backend.</param>
/// <param name="opening">Waits for files that another tab or process holds.</param>
/// <param name="atOnce">Does not wait.</param>
/// <param name="onOpen">Whether opening a database migrates it first.</param>
/// <param name="logger">The storage's logger.</param>
internal sealed class Migrator(
    BackendChoice choice, HomeResolver resolver, Migration? migration, WaitPipeline opening, WaitPipeline atOnce, bool onOpen, ILogger logger)
{
    /// <inheritdoc cref="IIsarStorage.MigrateAsync"/>
    /// <returns><see langword="false"/> when it lives there already.</returns>
    public async ValueTask<bool> MigrateAsync(
        StoragePath path, string backend, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        BackendStorage target = choice.Find(backend) ?? throw Refusal(path, backend,
            migration is null
                ? $"this storage has only the backend \"{choice.Names}\" and no record of homes (IStorageHomes), without which nothing is migrated"
                : $"it is not among the candidates of this storage ({choice.Names})");
        if (migration is null)
            return false;
        if (!target.IsPersistent)
            throw Refusal(path, backend, "it does not keep what is stored");
        ReadyBackend destination = await target.GetAsync(cancellationToken).ConfigureAwait(false);
        Home home = await FindAsync(path, anywhere: true, cancellationToken).ConfigureAwait(false) ?? throw Missing(path);
        if (home.Backend == destination)
            return false;
        TakenDatabase source = await TakeAsync(opening, path, anywhere: true, progress, cancellationToken).ConfigureAwait(false)
            ?? throw Missing(path);
        await using ConfiguredAsyncDisposable releaseSource = (source.Files ?? throw new StorageException(StorageErrorKind.Busy,
            $"The database \"{path}\" cannot be migrated while it is open; dispose its connections first.")).ConfigureAwait(false);
        if (source.Home.Backend != destination)
            await migration.RunAsync(path, source.Home, destination, progress, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Migrates a database to the backend for new ones, where the app wishes it. When this fails, or another tab or process has the database,
    /// it opens all the same.
    /// </summary>
    /// <exception cref="StorageException">It cannot be opened either: its home is not available.</exception>
    public async ValueTask MigrateBeforeOpeningAsync(StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        if (!onOpen || migration is null)
            return;
        ReadyBackend destination = await choice.ChooseAsync(cancellationToken).ConfigureAwait(false);
        if (!destination.IsPersistent || !IsToMove(await FindAsync(path, anywhere: false, cancellationToken).ConfigureAwait(false)))
            return;
        try
        {
            TakenDatabase? source = await TakeAsync(atOnce, path, anywhere: false, progress, cancellationToken).ConfigureAwait(false);
            if (source?.Files is not { } files)
                return;
            await using ConfiguredAsyncDisposable releaseSource = files.ConfigureAwait(false);
            if (!IsToMove(source.Home) || !files.Backend.Backend.Exists(path))
                return;
            await migration.RunAsync(path, source.Home, destination, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            logger.MigrationOnOpenFailed(path.Value, destination.Name, e);
        }

        bool IsToMove(Home? found) => found is { Record: not null } home && home.Backend != destination && !home.Backend.Vfs.Files.IsOpen(path);
    }

    private ValueTask<Home?> FindAsync(StoragePath path, bool anywhere, CancellationToken cancellationToken) => opening.ExecuteAsync(
        path, progress: null, (waiting, token) => resolver.FindAsync(path, anywhere, mayCreate: false, waiting, token), cancellationToken);

    private ValueTask<TakenDatabase?> TakeAsync(
        WaitPipeline pipeline, StoragePath path, bool anywhere, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) =>
        pipeline.ExecuteAsync(
            path, progress, (waiting, token) => resolver.TakeAsync(path, anywhere, Migration.Why, waiting, token), cancellationToken);

    private static StorageException Missing(StoragePath path) => new(StorageErrorKind.NotFound, $"The database \"{path}\" does not exist.");

    private static StorageException Refusal(StoragePath path, string backend, string why) => new(StorageErrorKind.Unavailable,
        $"The database \"{path}\" cannot be migrated to the backend \"{backend}\": {why}.");
}
