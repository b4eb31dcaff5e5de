using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>One added backend, made ready when it is first needed. Safe for any threads.</summary>
/// <param name="name">Its name.</param>
/// <param name="persistent">Whether data outlives the process or page.</param>
/// <param name="directory">The directory of the options.</param>
/// <param name="maxTemporaryBytes">How many bytes temporary files may take in memory.</param>
/// <param name="beginsLogs">Whether new databases get a write-ahead log, if the backend offers one.</param>
/// <param name="createBackend">Makes the backend.</param>
/// <param name="binding">Registers the adapter.</param>
/// <param name="locks">The platform's locks.</param>
/// <param name="leasePolicy">How leases are kept.</param>
/// <param name="undone">Hears of commits that were undone.</param>
/// <param name="timeProvider">The time.</param>
/// <param name="loggerFactory">For loggers.</param>
internal sealed class BackendStorage(
    string name,
    bool persistent,
    string directory,
    long maxTemporaryBytes,
    bool beginsLogs,
    Func<IStorageBackend> createBackend,
    IVfsBinding binding,
    IStorageLocks locks,
    LeasePolicy leasePolicy,
    UndoneCommits undone,
    TimeProvider timeProvider,
    ILoggerFactory loggerFactory)
    : IAsyncDisposable
{
    private static int _count;

    private readonly Lock _gate = new();
    private readonly ILogger _logger = loggerFactory.CreateLogger<IsarStorage>();
    private Task<ReadyBackend>? _ready;
    private volatile RejectedBackend? _rejection;
    private bool _disposed;

    public string Name => name;

    /// <summary>Gets whether data outlives the process or page.</summary>
    public bool IsPersistent => persistent;

    /// <summary>Gets why the backend was not available when it was last asked for, or <see langword="null"/>.</summary>
    public RejectedBackend? Rejection => _rejection;

    /// <summary>Describes the other holder of a database for people; <see langword="null"/> if unknown.</summary>
    public async ValueTask<string?> DescribeHolderAsync(StoragePath database, CancellationToken cancellationToken)
    {
        Task<ReadyBackend>? ready;
        lock (_gate)
            ready = _ready;
        return ready is { IsCompletedSuccessfully: true } && ready.Result.Leases?.Find(database) is { } lease
            ? await lease.DescribeHolderAsync(cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>Initialises the backend once. A failure goes to all callers that wait; the next call tries again.</summary>
    /// <exception cref="StorageException">What the backend throws; <see cref="StorageErrorKind.Unavailable"/> also after it was disposed.</exception>
    public Task<ReadyBackend> GetAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_disposed)
                throw new StorageException(StorageErrorKind.Unavailable, $"The storage \"{name}\" was disposed.");
            if (_ready is null or { IsFaulted: true } or { IsCanceled: true })
                _ready = InitializeAsync();
            return _ready.IsCompleted ? _ready : _ready.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gets the backend if it is available. One that once was not is not asked again, so that the choice stays the same.</summary>
    public async ValueTask<ReadyBackend?> TryGetAsync(CancellationToken cancellationToken)
    {
        if (_rejection is not null)
            return null;
        try
        {
            return await GetAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e) when (e.Kind == StorageErrorKind.Unavailable && _rejection is not null)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<ReadyBackend>? opening;
        lock (_gate)
        {
            _disposed = true;
            opening = _ready;
            _ready = null;
        }
        if (opening is null)
            return;
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // A failed initialisation was reported to its callers, and left nothing to end.
        if (opening.IsCompletedSuccessfully)
            await opening.Result.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<ReadyBackend> InitializeAsync()
    {
        IStorageBackend backend = createBackend();
        try
        {
            await backend.InitializeAsync(CancellationToken.None).ConfigureAwait(false);
            string vfsName = $"isar-{name}-{Interlocked.Increment(ref _count)}";
            var vfs = new SqliteVfs(vfsName, backend, maxTemporaryBytes, timeProvider, loggerFactory.CreateLogger<SqliteVfs>());
            if (backend is ILeasedFiles leased)
            {
                vfs.Leases = new LeaseTable(
                    new LeaseContext($"isar-storage/{name}/{directory}", leased, vfs.Files, locks, leasePolicy, timeProvider, _logger));
            }
            if (backend is IDeferredCommits deferred)
                deferred.CommitUndone += undone.Add;
            var ready = new ReadyBackend(name, persistent, backend, vfs, binding.Register(vfs), binding.CanWait, beginsLogs);
            _rejection = null;
            return ready;
        }
        catch (Exception e)
        {
            if (e is StorageException { Kind: StorageErrorKind.Unavailable })
                Reject(e.Message);
            await backend.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Reject(string reason)
    {
        if (_rejection is null)
            _logger.BackendRejected(name, reason);
        _rejection = new RejectedBackend(name, reason);
    }
}
