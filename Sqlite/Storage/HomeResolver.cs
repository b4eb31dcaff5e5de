using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Finds the one backend that a database lives in, for one storage. The record decides; nothing else is tried in its place.</summary>
/// <param name="choice">The storage's choice.</param>
/// <param name="findBackend">Finds any added backend by its name.</param>
/// <param name="homes">The record, or <see langword="null"/> where the storage has only one backend.</param>
/// <param name="transit">Clears up after migrations, where there is a record.</param>
/// <param name="logger">The storage's logger.</param>
internal sealed class HomeResolver(
    BackendChoice choice, Func<string, BackendStorage?> findBackend, IStorageHomes? homes, Transit? transit, ILogger logger)
{
    /// <summary>How often the home may be changed elsewhere in the meantime before that counts as busy.</summary>
    private const int MaxStarts = 5;

    /// <summary>Gets whether all databases of the storage live in one backend, so that nothing is recorded.</summary>
    public bool HasOnePlace => homes is null;

    /// <summary>Finds where a database lives, or chooses that for a new one, and acquires it there. Called by each attempt to open it.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Unavailable"/>: its home is not available or not known. <see cref="StorageErrorKind.Corrupt"/>: several
    /// backends have a database of this name. <see cref="StorageErrorKind.Busy"/>: another tab or process holds it.
    /// </exception>
    public async ValueTask<EnteredDatabase> EnterAsync(StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        for (int start = 0; start < MaxStarts; start++)
        {
            Home home = (await FindAsync(path, anywhere: false, mayCreate: true, progress, cancellationToken).ConfigureAwait(false))!.Value;
            EnteredDatabase entered = await EnteredDatabase.EnterAsync(home.Backend, path, progress, cancellationToken).ConfigureAwait(false);
            try
            {
                if (await IsStillAsync(home, path, cancellationToken).ConfigureAwait(false))
                    return entered;
            }
            catch
            {
                entered.Dispose();
                throw;
            }
            entered.Dispose();
            await ReleaseUnusedAsync(home.Backend, path).ConfigureAwait(false);
        }
        throw Changing(path);
    }

    /// <summary>Finds where a database lives and closes it there for all others. Fails while the record, if there is one, is unreadable.</summary>
    /// <param name="path">The database.</param>
    /// <param name="anywhere">Whether it may live in a backend that is not a candidate.</param>
    /// <param name="why">What happens to it, such as "is being deleted".</param>
    /// <param name="progress">Receives the progress of acquiring it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns><see langword="null"/> when it does not exist.</returns>
    public async ValueTask<TakenDatabase?> TakeAsync(
        StoragePath path, bool anywhere, string why, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        for (int start = 0; start < MaxStarts; start++)
        {
            if (await FindAsync(path, anywhere, mayCreate: false, progress, cancellationToken).ConfigureAwait(false) is not { } home)
                return null;
            if (home.RecordFailure is { } failure)
                throw HomeErrors.Unreadable(path, failure);
            // An app may have switched the pool on in a variation of our connection string; pooled connections are open too.
            if (home.Backend.Vfs.Files.IsOpen(path))
                SqliteConnection.ClearAllPools();
            if (home.Backend.Vfs.Files.IsOpen(path))
                return new TakenDatabase(home, Files: null);
            ClosedDatabase files = await ClosedDatabase.CloseAsync(home.Backend, path, why, progress, cancellationToken).ConfigureAwait(false);
            bool still = false;
            try
            {
                still = await IsStillAsync(home, path, cancellationToken).ConfigureAwait(false);
                if (still)
                    return new TakenDatabase(home, files);
            }
            finally
            {
                if (!still)
                    await files.DisposeAsync().ConfigureAwait(false);
            }
        }
        throw Changing(path);
    }

    /// <summary>Finds where a database lives.</summary>
    /// <param name="path">The database.</param>
    /// <param name="anywhere">Whether it may live in a backend that is not a candidate.</param>
    /// <param name="mayCreate">Whether the home of a new database is decided and recorded.</param>
    /// <param name="progress">Receives the progress of acquiring files that have to be cleared away.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns><see langword="null"/> when it is new and <paramref name="mayCreate"/> does not allow it.</returns>
    public async ValueTask<Home?> FindAsync(
        StoragePath path, bool anywhere, bool mayCreate, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        if (homes is null)
            return new Home(await choice.ChooseAsync(cancellationToken).ConfigureAwait(false));
        for (int start = 0; start < MaxStarts; start++)
        {
            StorageHome? record;
            try
            {
                record = await homes.GetAsync(path, cancellationToken).ConfigureAwait(false);
            }
            catch (StorageException e) when (e.Kind == StorageErrorKind.Unavailable)
            {
                return await FindWithoutRecordAsync(path, e, cancellationToken).ConfigureAwait(false);
            }
            if (record is not null)
            {
                ReadyBackend home = await GetHomeAsync(path, record, anywhere, cancellationToken).ConfigureAwait(false);
                if (!record.IsInTransit)
                    return new Home(home, record);
                if (await transit!.ClearAsync(path, record, home, progress, cancellationToken).ConfigureAwait(false) is { } cleared)
                    return new Home(home, cleared);
                continue;
            }
            if (await FindUnrecordedAsync(path, mayCreate, cancellationToken).ConfigureAwait(false) is not { } owner)
                return null;
            if (!owner.IsPersistent)
                return new Home(owner);
            var made = new StorageHome(owner.Name);
            if (await homes.TryReplaceAsync(path, expected: null, made, cancellationToken).ConfigureAwait(false))
                return new Home(owner, made);
        }
        throw Changing(path);
    }

    /// <summary>Removes the record and the marks of a database that was deleted.</summary>
    public async ValueTask ForgetAsync(StoragePath path, Home home)
    {
        // Without a record, a copy that a migration left would be taken for the database.
        if (homes is null || home.Record is null or { IsInTransit: true })
            return;
        foreach (FoundCopy copy in await choice.FindAsync(path, CancellationToken.None).ConfigureAwait(false))
        {
            if (copy is { IsMarkedAway: true, Exists: false })
                await AwayMark.ClearAsync(copy.Backend, path, CancellationToken.None).ConfigureAwait(false);
        }
        if (!await homes.TryReplaceAsync(path, home.Record, home: null, CancellationToken.None).ConfigureAwait(false))
            throw Changing(path);
    }

    private async ValueTask<ReadyBackend> GetHomeAsync(StoragePath path, StorageHome record, bool anywhere, CancellationToken cancellationToken)
    {
        BackendStorage backend = (anywhere ? findBackend(record.Backend) : choice.Find(record.Backend))
            ?? throw HomeErrors.NoCandidate(path, record, choice);
        try
        {
            return await backend.GetAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e) when (e.Kind == StorageErrorKind.Unavailable)
        {
            throw HomeErrors.HomeUnavailable(path, record, e);
        }
    }

    /// <summary>Finds the backend of a database without a record: one that is older than the record, or new.</summary>
    private async ValueTask<ReadyBackend?> FindUnrecordedAsync(StoragePath path, bool mayCreate, CancellationToken cancellationToken)
    {
        IReadOnlyList<FoundCopy> all = await choice.FindAsync(path, cancellationToken).ConfigureAwait(false);
        FoundCopy[] owners = [.. all.Where(copy => copy.IsDatabase)];
        if (owners.Length > 1)
            throw HomeErrors.Several(path, owners);
        if (owners.Length == 1)
            return owners[0].Backend;
        if (all.FirstOrDefault(copy => copy.Exists) is { } oldCopy)
            throw HomeErrors.OnlyOldCopy(path, oldCopy);
        if (!mayCreate)
            return null;
        FoundCopy first = all[0];
        // The backend is about to be the database's home again.
        if (first.IsMarkedAway)
            await AwayMark.ClearAsync(first.Backend, path, cancellationToken).ConfigureAwait(false);
        return first.Backend;
    }

    private async ValueTask<Home> FindWithoutRecordAsync(StoragePath path, StorageException failure, CancellationToken cancellationToken)
    {
        IReadOnlyList<FoundCopy> all = await choice.FindAsync(path, cancellationToken).ConfigureAwait(false);
        FoundCopy[] owners = [.. all.Where(copy => copy.IsDatabase)];
        if (owners.Length != 1)
            throw HomeErrors.Unreadable(path, failure);
        logger.OpenedWithoutRecord(path.Value, owners[0].Backend.Name, failure);
        return new Home(owners[0].Backend, RecordFailure: failure);
    }

    /// <summary>Tells whether a home that was found is still right when the files are acquired, which then keeps it right.</summary>
    private async ValueTask<bool> IsStillAsync(Home home, StoragePath path, CancellationToken cancellationToken)
    {
        if (homes is null)
            return true;
        if (home.RecordFailure is null)
            return await homes.GetAsync(path, cancellationToken).ConfigureAwait(false) == home.Record;
        return (await FoundCopy.FindAsync(home.Backend, path, cancellationToken).ConfigureAwait(false)).IsDatabase;
    }

    /// <summary>Releases the files of a database that was moved elsewhere, unless they are in use here.</summary>
    private static async ValueTask ReleaseUnusedAsync(ReadyBackend backend, StoragePath path)
    {
        if (!backend.Vfs.Files.TryKeepClosed(path, "is being released"))
            return;
        try
        {
            await backend.ReleaseAsync(path).ConfigureAwait(false);
        }
        finally
        {
            backend.Vfs.Files.LetOpen(path);
        }
    }

    private static StorageException Changing(StoragePath path) =>
        new(StorageErrorKind.Busy, $"Where the database \"{path}\" lives is being changed by another tab or process. Try again.");
}
