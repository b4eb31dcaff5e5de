using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>One backend with its adapter, made ready on first use.</summary>
internal sealed class IsarStorage(
    string name,
    string reason,
    Func<IStorageBackend> createBackend,
    IsarStorageOptions options,
    bool asSqliteDefault,
    IVfsBinding binding,
    TimeProvider timeProvider,
    ILoggerFactory loggerFactory) : IIsarStorage, IAsyncDisposable, IDisposable
{
    private static int _count;

    private readonly Lock _gate = new();
    private readonly ILogger _logger = loggerFactory.CreateLogger<IsarStorage>();
    private readonly OpenPipeline _opening = new(options.OpenTimeout, timeProvider, loggerFactory.CreateLogger<IsarStorage>());
    private readonly HashSet<string> _connectionStrings = [];
    private Task<Opened>? _opened;
    private bool _disposed;

    public async ValueTask<SqliteConnection> OpenAsync(
        string database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        Opened opened = await GetOpenedAsync(cancellationToken).ConfigureAwait(false);
        return await _opening.ExecuteAsync(path, async token =>
        {
            await AcquireOnceAsync(opened, path, progress, token).ConfigureAwait(false);
            return DatabaseOpener.Open(path, ConnectionStringOf(opened, path));
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask PrepareAsync(string database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        Opened opened = await GetOpenedAsync(cancellationToken).ConfigureAwait(false);
        await AcquireAsync(opened, path, progress, cancellationToken).ConfigureAwait(false);
    }

    public string GetConnectionString(string database)
    {
        StoragePath path = DatabaseName.Parse(database);
        Task<Opened> opened = GetOpenedAsync(CancellationToken.None);
        return opened.IsCompleted
            ? ConnectionStringOf(opened.GetAwaiter().GetResult(), path)
            : throw new InvalidOperationException($"The backend \"{name}\" is not ready yet: await PrepareAsync(\"{database}\") first.");
    }

    public async ValueTask<bool> ExistsAsync(string database, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        IReadOnlyList<DatabaseEntry> databases = await ListAsync(cancellationToken).ConfigureAwait(false);
        return databases.Any(entry => entry.Path == path);
    }

    public async ValueTask<bool> DeleteAsync(string database, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        Opened opened = await GetOpenedAsync(cancellationToken).ConfigureAwait(false);
        // Pooled connections are open too, and their connection strings may be variations of ours.
        if (opened.Vfs.IsOpen(path))
            SqliteConnection.ClearAllPools();
        await AcquireAsync(opened, path, progress: null, cancellationToken).ConfigureAwait(false);
        if (!opened.Vfs.TryBeginDelete(path))
            throw new StorageException(StorageErrorKind.Busy, $"The database \"{path}\" cannot be deleted while it is open; dispose its connections first.");
        try
        {
            bool existed = opened.Backend.Exists(path);
            foreach (StoragePath file in DatabaseName.FilesOf(path).Where(opened.Backend.Exists))
                opened.Backend.Delete(file, flush: true);
            await opened.Backend.ReleaseAsync(path, CancellationToken.None).ConfigureAwait(false);
            return existed;
        }
        finally
        {
            opened.Vfs.EndDelete(path);
        }
    }

    public event EventHandler<StorageQuota>? QuotaNearlyUsed
    {
        add { }
        remove { }
    }

    public ValueTask MigrateAsync(
        string database, string backend, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) =>
        throw new StorageException(StorageErrorKind.Unavailable, $"There is no other backend \"{backend}\".");

    public async ValueTask<IReadOnlyList<DatabaseEntry>> ListAsync(CancellationToken cancellationToken)
    {
        Opened opened = await GetOpenedAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<StorageEntry> files = await opened.Backend.ListAsync(cancellationToken).ConfigureAwait(false);
        return [.. files.Where(file => !DatabaseFiles.TryGetDatabase(file.Path, out _)).Select(file => new DatabaseEntry(file.Path, name, file.Length))];
    }

    public async ValueTask FlushAsync(string database, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        Opened opened = await GetOpenedAsync(cancellationToken).ConfigureAwait(false);
        await opened.Backend.FlushAsync(path, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<StorageReport> GetReportAsync(CancellationToken cancellationToken)
    {
        Opened opened = await GetOpenedAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<StorageEntry> files = await opened.Backend.ListAsync(cancellationToken).ConfigureAwait(false);
        return new StorageReport
        {
            Backend = name,
            Reason = reason,
            Location = opened.Backend.Location,
            Capabilities = opened.Backend.Capabilities,
            UsedBytes = files.Sum(file => file.Length),
        };
    }

    public async ValueTask DisposeAsync()
    {
        Task<Opened>? opening;
        string[] connectionStrings;
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            opening = _opened;
            connectionStrings = [.. _connectionStrings];
        }
        if (opening is null)
            return;
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // What failed to begin was told to who asked for it, and left nothing to end.
        if (!opening.IsCompletedSuccessfully)
            return;
        Opened opened = opening.Result;
        foreach (string connectionString in connectionStrings)
            ClearPool(connectionString);
        opened.Registration.Dispose();
        opened.Vfs.Close();
        await opened.Backend.DisposeAsync().ConfigureAwait(false);
    }

    /// <exception cref="InvalidOperationException">The backend can only be disposed asynchronously.</exception>
    public void Dispose()
    {
        ValueTask disposing = DisposeAsync();
        if (!disposing.IsCompleted)
            throw new InvalidOperationException($"The backend \"{name}\" is disposed asynchronously: use DisposeAsync of the service provider.");
        disposing.GetAwaiter().GetResult();
    }

    private static void ClearPool(string connectionString)
    {
        using var connection = new SqliteConnection(connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private async ValueTask AcquireAsync(
        Opened opened, StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) =>
        await _opening.ExecuteAsync(path, async token =>
        {
            await AcquireOnceAsync(opened, path, progress, token).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);

    private static async Task AcquireOnceAsync(
        Opened opened, StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        await opened.Backend.AcquireAsync(path, progress, cancellationToken).ConfigureAwait(false);
        if (opened.Vfs.IsBeingDeleted(path))
            throw new StorageException(StorageErrorKind.Busy, $"The database \"{path}\" is being deleted.");
    }

    /// <summary>Initialises once; a failure is told to everybody who waits, and the next call tries again.</summary>
    private Task<Opened> GetOpenedAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_disposed)
                throw new StorageException(StorageErrorKind.Unavailable, $"The storage \"{name}\" was disposed.");
            if (_opened is null or { IsFaulted: true } or { IsCanceled: true })
                _opened = InitializeAsync();
            return _opened.IsCompleted ? _opened : _opened.WaitAsync(cancellationToken);
        }
    }

    private async Task<Opened> InitializeAsync()
    {
        IStorageBackend backend = createBackend();
        try
        {
            await backend.InitializeAsync(CancellationToken.None).ConfigureAwait(false);
            var vfs = new SqliteVfs($"isar-{name}-{Interlocked.Increment(ref _count)}", backend, timeProvider, loggerFactory.CreateLogger<SqliteVfs>());
            IDisposable registration = binding.Register(vfs, asSqliteDefault);
            _logger.StorageChosen(name, backend.Location, reason);
            if (!backend.Capabilities.Persistent)
                _logger.StorageNotPersistent(name, reason);
            return new Opened(backend, vfs, registration);
        }
        catch
        {
            await backend.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private string ConnectionStringOf(Opened opened, StoragePath path)
    {
        var builder = new SqliteConnectionStringBuilder
        {
            DataSource = opened.Vfs.DataSourceOf(path),
            Vfs = opened.Vfs.Name,
            Pooling = binding.CanWait,
        };
        if (!binding.CanWait)
            builder.DefaultTimeout = 1;
        string result = builder.ToString();
        lock (_gate)
            _connectionStrings.Add(result);
        return result;
    }

    private sealed record Opened(IStorageBackend Backend, SqliteVfs Vfs, IDisposable Registration);
}
