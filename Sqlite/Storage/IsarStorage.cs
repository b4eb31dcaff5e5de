using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Databases by name, each in the one backend that it lives in.</summary>
/// <param name="choice">The candidates, and which is for new databases.</param>
/// <param name="resolver">Where a database lives.</param>
/// <param name="migrator">Moves databases, or refuses to.</param>
/// <param name="overview">Lists and reports.</param>
/// <param name="pipelines">Wait for others, and try again.</param>
/// <param name="connections">What is done with every connection.</param>
/// <param name="leasePolicy">How leases are kept.</param>
/// <param name="quota">Watches the quota, where the platform tells it.</param>
/// <param name="undone">The commits that were undone while no caller waited for them.</param>
/// <param name="logger">The storage's logger.</param>
internal sealed partial class IsarStorage(
    BackendChoice choice,
    HomeResolver resolver,
    Migrator migrator,
    StorageOverview overview,
    PipelineSet pipelines,
    IReadOnlyList<ConnectionConfiguration> connections,
    LeasePolicy leasePolicy,
    QuotaWatch? quota,
    UndoneCommits undone,
    ILogger logger) : IIsarStorage, IDatabaseEdges, IDatabaseTransfers
{
    /// <summary>The databases that were opened or prepared here, by name: what is asked for after every commit.</summary>
    private readonly ConcurrentDictionary<string, KnownHome> _known = new(StringComparer.Ordinal);

    public event EventHandler<StorageQuota>? QuotaNearlyUsed
    {
        add => quota?.NearlyUsed += value;
        remove => quota?.NearlyUsed -= value;
    }

    public event EventHandler<StorageException>? CommitUndone
    {
        add => undone.Added += value;
        remove => undone.Added -= value;
    }

    public long UndoneCommits => undone.Count;

    public async ValueTask<SqliteConnection> OpenAsync(
        string database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        (SqliteConnection connection, _) = await OpenAtHomeAsync(DatabaseName.Parse(database), progress, cancellationToken).ConfigureAwait(false);
        return connection;
    }

    public async ValueTask<T> ExecuteInTransactionAsync<T>(
        string database, Func<SqliteConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        ArgumentNullException.ThrowIfNull(work);
        cancellationToken.ThrowIfCancellationRequested();
        return await CommitAsync(
            path, (_, connection, episode, token) => ImmediateTransaction.RunAsync(path, connection, work, episode, token), cancellationToken)
            .ConfigureAwait(false);
    }

    public async ValueTask ExecuteInTransactionAsync(
        string database, Func<SqliteConnection, CancellationToken, ValueTask> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        await ExecuteInTransactionAsync(database, async (connection, token) =>
        {
            await work(connection, token).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask PrepareAsync(string database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        await EnterAsync(path, progress, static (entered, path, _) =>
        {
            if (entered.Backend.Leases is { } leases)
                leases[path].IsPrepared = true;
            return ValueTask.FromResult(true);
        }, cancellationToken).ConfigureAwait(false);
        quota?.Look();
    }

    public string GetConnectionString(string database)
    {
        StoragePath path = DatabaseName.Parse(database);
        ReadyBackend? home = resolver.HasOnePlace ? choice.ChooseAtOnce() : _known.GetValueOrDefault(database)?.Backend;
        return home?.ConnectionStringOf(path) ?? throw new InvalidOperationException(
            $"The backend of \"{database}\" is not ready yet: await PrepareAsync(\"{database}\") first.");
    }

    public ValueTask<bool> ExistsAsync(string database, CancellationToken cancellationToken) =>
        overview.ExistsAsync(DatabaseName.Parse(database), cancellationToken);

    public async ValueTask<bool> DeleteAsync(string database, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        TakenDatabase? taken = await pipelines.Open.ExecuteAsync(
            path,
            progress: null,
            (waiting, token) => resolver.TakeAsync(path, anywhere: false, "is being deleted", waiting, token),
            cancellationToken).ConfigureAwait(false);
        if (taken is null)
            return false;
        if (taken.Files is not { } files)
        {
            throw new StorageException(StorageErrorKind.Busy,
                $"The database \"{path}\" cannot be deleted while it is open; dispose its connections first.");
        }
        await using ConfiguredAsyncDisposable releaseFiles = files.ConfigureAwait(false);
        bool existed = await files.Backend.DeleteAsync(path).ConfigureAwait(false);
        await resolver.ForgetAsync(path, taken.Home).ConfigureAwait(false);
        _known.TryRemove(database, out _);
        return existed;
    }

    public ValueTask<IReadOnlyList<DatabaseEntry>> ListAsync(CancellationToken cancellationToken) => overview.ListAsync(cancellationToken);

    public async ValueTask FlushAsync(string database, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        if (await FindHomeAsync(path, cancellationToken).ConfigureAwait(false) is { } home)
            await FlushAsync(home, path, cancellationToken).ConfigureAwait(false);
        undone.ThrowIfAny(path);
    }

    public async ValueTask MigrateAsync(
        string database, string backend, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        ArgumentException.ThrowIfNullOrEmpty(backend);
        // Once it has moved, it is not acquired where it lives now.
        if (await migrator.MigrateAsync(path, backend, progress, cancellationToken).ConfigureAwait(false))
            _known.TryRemove(database, out _);
    }

    /// <summary>Chooses the backend for new databases, for a host that wants to know at its start whether there is any storage.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when no candidate is available.</exception>
    public async ValueTask ChooseAsync(CancellationToken cancellationToken) => await choice.ChooseAsync(cancellationToken).ConfigureAwait(false);

    public ValueTask<StorageReport> GetReportAsync(CancellationToken cancellationToken) => overview.ReportAsync(cancellationToken);

    public bool ConfiguresConnections => connections.Count > 0;

    public async ValueTask<nint> OpenAsync(
        string database, Func<string, string, string, nint> open, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        nint opened = await EnterAsync(
            path, progress, (entered, path, token) => entered.Backend.OpenAsync(path, open, token), cancellationToken).ConfigureAwait(false);
        quota?.Look();
        return opened;
    }

    public DatabaseEdge CreateEdge(string database)
    {
        KnownHome home = _known[database];
        return new DatabaseEdge(home.Path, home.Backend, pipelines.Lease);
    }

    public void KeepIdle(bool keep)
    {
        leasePolicy.KeepsIdle = keep;
        if (!keep)
            Yield();
    }

    public void LendUntil(Action recall) => leasePolicy.Recall = recall;

    public void Yield()
    {
        foreach (ReadyBackend backend in _known.Values.Select(home => home.Backend).Distinct())
            backend.Leases?.Yield();
    }

    public ValueTask FlushCommitAsync(string database) => _known.TryGetValue(database, out KnownHome? home)
        ? FlushAsync(home.Backend, home.Path, CancellationToken.None)
        : ValueTask.CompletedTask;

    public async ValueTask FlushSinceAsync(long undoneBefore)
    {
        await Task.WhenAll(_known.Keys.Select(database => FlushCommitAsync(database).AsTask())).ConfigureAwait(false);
        undone.ThrowIfAnySince(undoneBefore);
    }

    /// <summary>Opens a database, runs work that commits, and stores the commit; repeats all of it while other connections are in the way.</summary>
    private async ValueTask<T> CommitAsync<T>(
        StoragePath path,
        Func<ReadyBackend, SqliteConnection, TransactionEpisode, CancellationToken, ValueTask<T>> run,
        CancellationToken cancellationToken,
        bool beginsLog = true)
    {
        // One connection for all attempts: an attempt leaves nothing in it.
        SqliteConnection? connection = null;
        ReadyBackend? home = null;
        try
        {
            return await pipelines.Transaction.ExecuteAsync(path, async (episode, token) =>
            {
                if (connection is null)
                    (connection, home) = await OpenAtHomeAsync(path, progress: null, token, beginsLog).ConfigureAwait(false);
                using DatabaseUse? lease = await EnterLeaseAsync(home!, path, token).ConfigureAwait(false);
                await home!.WaitAsync(path, token).ConfigureAwait(false);
                T result = await run(home, connection, episode, token).ConfigureAwait(false);
                if (!IsFlushed(home, connection))
                    await FlushCommitAsync(home, path, episode).ConfigureAwait(false);
                return result;
            }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Finds and acquires a database, and uses it before it can be deleted or moved.</summary>
    private async ValueTask<T> EnterAsync<T>(
        StoragePath path,
        IProgress<StorageProgress>? progress,
        Func<EnteredDatabase, StoragePath, CancellationToken, ValueTask<T>> use,
        CancellationToken cancellationToken)
    {
        await choice.MakeSqliteDefaultAsync(cancellationToken).ConfigureAwait(false);
        await migrator.MigrateBeforeOpeningAsync(path, progress, cancellationToken).ConfigureAwait(false);
        return await pipelines.Open.ExecuteAsync(path, progress, async (waiting, token) =>
        {
            using EnteredDatabase entered = await resolver.EnterAsync(path, waiting, token).ConfigureAwait(false);
            choice.Announce(entered.Backend);
            await ClearUpOnceAsync(entered.Backend, token).ConfigureAwait(false);
            T result = await use(entered, path, token).ConfigureAwait(false);
            _known[path.Value] = new KnownHome(path, entered.Backend);
            return result;
        }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<(SqliteConnection Connection, ReadyBackend Home)> OpenAtHomeAsync(
        StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken, bool beginsLog = true)
    {
        (SqliteConnection Connection, ReadyBackend Home) opened = await EnterAsync(path, progress, async (entered, path, token) =>
            (Configured(await entered.Backend.OpenAsync(path, token, beginsLog).ConfigureAwait(false)), entered.Backend), cancellationToken)
            .ConfigureAwait(false);
        quota?.Look();
        return opened;
    }

    private SqliteConnection Configured(SqliteConnection connection)
    {
        try
        {
            Configure(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Configure(SqliteConnection connection)
    {
        foreach (ConnectionConfiguration configuration in connections)
            configuration.Configure(connection);
    }

    private async ValueTask<DatabaseUse?> EnterLeaseAsync(ReadyBackend home, StoragePath path, CancellationToken cancellationToken) =>
        home.Leases is null ? null : await pipelines.Lease.ExecuteAsync(
            path, progress: null, (episode, token) => home.UseAsync(path, episode, token), cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Tells whether a commit that SQLite has made is durable by its own flushes. Not where commits are deferred, nor of leased files: there a
    /// flush also tells whether they are still there. Where flushes do not reach the device there is nothing to save.
    /// </summary>
    private static bool IsFlushed(ReadyBackend home, SqliteConnection connection) =>
        home is { DeferredCommits: null, Leases: null, Backend.Capabilities.Durability: StorageDurability.Full }
        && ImmediateTransaction.FlushesCommits(connection);

    /// <summary>Stores a commit that SQLite has made. Not cancelled: the caller has to hear whether it is stored.</summary>
    private async ValueTask FlushCommitAsync(ReadyBackend home, StoragePath path, TransactionEpisode episode)
    {
        try
        {
            await FlushAsync(home, path, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (home.DeferredCommits is null)
        {
            // With deferred commits the failed one is undone; elsewhere it stands, at least for now.
            throw episode.OutcomeUnknown(e);
        }
    }

    private async ValueTask FlushAsync(ReadyBackend home, StoragePath path, CancellationToken cancellationToken)
    {
        try
        {
            await home.Backend.FlushAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e) when (e.Kind == StorageErrorKind.NotFound)
        {
            // The files are gone, and open all the same: they are let go of, so that the database can be created again.
            home.Leases?[path].Yield();
            throw;
        }
        quota?.Look();
    }

    private async ValueTask<ReadyBackend?> FindHomeAsync(StoragePath path, CancellationToken cancellationToken) =>
        _known.GetValueOrDefault(path.Value)?.Backend
        ?? (await resolver.FindAsync(path, anywhere: false, mayCreate: false, progress: null, cancellationToken).ConfigureAwait(false))?.Backend;

    private sealed record KnownHome(StoragePath Path, ReadyBackend Backend);
}
