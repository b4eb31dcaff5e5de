using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Decides whether, from where and to where one storage migrates a database.</summary>
/// <param name="choice">The storage's candidates: the destinations that are possible.</param>
/// <param name="resolver">Where a database lives.</param>
/// <param name="migration">Moves the database; <see langword="null"/> where the storage has only one backend.</param>
/// <param name="opening">Waits for files that another tab or process holds.</param>
/// <param name="onOpen">Whether opening a database migrates it first.</param>
/// <param name="logger">The storage's logger.</param>
internal sealed class Migrator(
    BackendChoice choice, HomeResolver resolver, Migration? migration, WaitPipeline opening, bool onOpen, ILogger logger)
{
    /// <inheritdoc cref="IIsarStorage.MigrateAsync"/>
    public async ValueTask MigrateAsync(
        StoragePath path, string backend, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        BackendStorage target = choice.Find(backend) ?? throw Refusal(path, backend,
            migration is null
                ? $"this storage has only the backend \"{choice.Names}\" and no record of homes (IStorageHomes), without which nothing is migrated"
                : $"it is not among the candidates of this storage ({choice.Names})");
        if (migration is null)
            return;
        if (!target.IsPersistent)
            throw Refusal(path, backend, "it does not keep what is stored");
        ReadyBackend destination = await target.GetAsync(cancellationToken).ConfigureAwait(false);
        Home home = await FindAsync(path, anywhere: true, cancellationToken).ConfigureAwait(false) ?? throw Missing(path);
        if (home.Backend == destination)
            return;
        TakenDatabase source = await TakeAsync(path, anywhere: true, progress, cancellationToken).ConfigureAwait(false) ?? throw Missing(path);
        await using ConfiguredAsyncDisposable releaseSource = (source.Files ?? throw new StorageException(StorageErrorKind.Busy,
            $"The database \"{path}\" cannot be migrated while it is open; dispose its connections first.")).ConfigureAwait(false);
        if (source.Home.Backend != destination)
            await migration.RunAsync(path, source.Home, destination, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Migrates a database to the backend for new ones, where the app wishes it. When this fails, the database opens all the same.</summary>
    /// <exception cref="StorageException">It cannot be opened either: its home is not available, or another tab or process holds it.</exception>
    public async ValueTask MigrateBeforeOpeningAsync(StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        if (!onOpen || migration is null)
            return;
        ReadyBackend destination = await choice.ChooseAsync(cancellationToken).ConfigureAwait(false);
        if (!destination.IsPersistent || !IsToMove(await FindAsync(path, anywhere: false, cancellationToken).ConfigureAwait(false)))
            return;
        TakenDatabase? source = await TakeAsync(path, anywhere: false, progress, cancellationToken).ConfigureAwait(false);
        if (source?.Files is not { } files)
            return;
        await using ConfiguredAsyncDisposable releaseSource = files.ConfigureAwait(false);
        if (!IsToMove(source.Home) || !files.Backend.Backend.Exists(path))
            return;
        try
        {
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
        StoragePath path, bool anywhere, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) => opening.ExecuteAsync(
        path, progress, (waiting, token) => resolver.TakeAsync(path, anywhere, Migration.Why, waiting, token), cancellationToken);

    private static StorageException Missing(StoragePath path) => new(StorageErrorKind.NotFound, $"The database \"{path}\" does not exist.");

    private static StorageException Refusal(StoragePath path, string backend, string why) => new(StorageErrorKind.Unavailable,
        $"The database \"{path}\" cannot be migrated to the backend \"{backend}\": {why}.");
}
