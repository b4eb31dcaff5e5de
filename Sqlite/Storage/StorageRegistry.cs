using System.Diagnostics.Metrics;
using Isar.Storage.Backends.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Isar.Storage.Sqlite;

/// <summary>The storages of one service provider, and their backends, each made when it is first asked for.</summary>
internal sealed class StorageRegistry(
    IEnumerable<BackendRegistration> registrations,
    IOptions<IsarStorageOptions> options,
    IVfsBinding binding,
    TimeProvider timeProvider,
    ILoggerFactory loggerFactory,
    IServiceProvider services,
    IEnumerable<PipelineConfiguration> pipelineConfigurations,
    IEnumerable<ConnectionConfiguration> connectionConfigurations,
    IMeterFactory? meters = null,
    IStorageHomes? homes = null,
    IStorageQuota? quota = null,
    IStorageLocks? locks = null) : IAsyncDisposable, IDisposable
{
    private const string MemoryName = "memory";

    private readonly Lock _gate = new();
    private readonly ILogger _logger = loggerFactory.CreateLogger<IsarStorage>();
    private readonly UndoneCommits _undone = new(loggerFactory.CreateLogger<IsarStorage>());
    private readonly BackendRegistration[] _registrations = [.. registrations];
    private readonly Dictionary<string, BackendStorage> _backends = [];
    private readonly Dictionary<string, IsarStorage> _storages = [];
    private readonly LeasePolicy _leasePolicy = new();
    private readonly IStorageLocks _locks = locks ?? new NoLocks();
    private PipelineSet? _pipelines;
    private IsarStorage? _default;
    private QuotaWatch? _quotaWatch;
    private bool _disposed;

    /// <summary>Gets the storage that chooses among the candidates.</summary>
    public IsarStorage Default
    {
        get
        {
            lock (_gate)
                return _default ??= CreateDefault();
        }
    }

    private IsarStorageOptions Options => options.Value;

    /// <summary>Gets why everything is in memory, or <see langword="null"/> when it is not.</summary>
    private string? OptOut => MemoryOptOut.ReasonOf(Options);

    private string[] CandidateNames
    {
        get
        {
            if (Options.Candidates is { } named)
                return [.. named];
            string[] persistent = [.. _registrations.Where(backend => backend.Persistent).Select(backend => backend.Name)];
            return persistent.Length > 0 ? persistent : [_registrations.FirstOrDefault()?.Name ?? MemoryName];
        }
    }

    /// <summary>Gets the storage of one backend.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when no backend has this name.</exception>
    public IsarStorage Get(string name)
    {
        lock (_gate)
        {
            if (CandidateNames is [var only] && only == name)
                return _default ??= CreateDefault();
            if (!_storages.TryGetValue(name, out IsarStorage? storage))
            {
                BackendStorage backend = FindBackend(name) ?? throw new StorageException(StorageErrorKind.Unavailable,
                    $"There is no backend \"{name}\"; added are: {string.Join(", ", _registrations.Select(known => known.Name))}.");
                _storages.Add(name, storage = Create([backend], NothingStored ?? "It was asked for by its name.", isDefault: false));
            }
            return storage;
        }
    }

    public async ValueTask DisposeAsync()
    {
        BackendStorage[] backends;
        lock (_gate)
        {
            _disposed = true;
            backends = [.. _backends.Values];
            _quotaWatch?.Dispose();
        }
        foreach (BackendStorage backend in backends)
            await backend.DisposeAsync().ConfigureAwait(false);
    }

    /// <exception cref="InvalidOperationException">A backend can only be disposed asynchronously.</exception>
    public void Dispose()
    {
        ValueTask disposing = DisposeAsync();
        if (!disposing.IsCompleted)
            throw new InvalidOperationException("The storage is disposed asynchronously: use DisposeAsync of the service provider.");
        disposing.GetAwaiter().GetResult();
    }

    private string? NothingStored => OptOut is { } why ? $"Nothing is stored, because {why}." : null;

    private IsarStorage CreateDefault()
    {
        string[] names = CandidateNames;
        string reason = NothingStored
            ?? (Options.Candidates is not null && names.Length == 1 ? "The options name it as the only candidate."
            : Options.Candidates is not null ? "It is the first candidate of the options."
            : _registrations.Length == 1 ? "It is the only backend that was added."
            : names.Length == 1 ? "It is the only backend that was added and keeps what is stored."
            : "It is the first backend that was added.");
        // The memory opt-out replaces all of them by one.
        string[] used = OptOut is null ? names : names[..1];
        return Create([.. used.Select(name => FindBackend(name) ?? AddMemory(name))], reason, isDefault: true);
    }

    private IsarStorage Create(BackendStorage[] backends, string reason, bool isDefault)
    {
        IStorageHomes? record = Array.Exists(backends, backend => backend.IsPersistent) ? homes : null;
        // While the backends are made ready.
        record?.Begin();
        var choice = new BackendChoice(backends, record is not null, reason, isDefault && Options.UseAsSqliteDefault, _logger);
        PipelineSet pipelines = _pipelines ??= new PipelineSet(
            Options, pipelineConfigurations, timeProvider, _logger, new StorageInstruments(meters), describeHolder: DescribeHolderAsync);
        Transit? transit = record is null ? null : new Transit(record, FindBackendSafely, _logger);
        var resolver = new HomeResolver(choice, FindBackendSafely, record, transit, _logger);
        Migration? migration = record is null ? null : new Migration(record, transit!, pipelines.Open, _logger);
        var migrator = new Migrator(choice, resolver, migration, pipelines.Open, pipelines.AtOnce, Options.MigrateOnOpen, _logger);
        QuotaWatch? watch = OptOut is not null || quota is null ? null
            : _quotaWatch ??= new QuotaWatch(quota, Options.QuotaWarningRatio, timeProvider, _logger);
        var overview = new StorageOverview(choice, record, watch, _logger);
        return new IsarStorage(choice, resolver, migrator, overview, pipelines, [.. connectionConfigurations], _leasePolicy, watch, _undone, _logger);
    }

    private async ValueTask<string?> DescribeHolderAsync(StoragePath database, CancellationToken cancellationToken)
    {
        BackendStorage[] backends;
        lock (_gate)
            backends = [.. _backends.Values];
        foreach (BackendStorage backend in backends)
        {
            if (await backend.DescribeHolderAsync(database, cancellationToken).ConfigureAwait(false) is { } holder)
                return holder;
        }
        return null;
    }

    private BackendStorage? FindBackendSafely(string name)
    {
        lock (_gate)
            return FindBackend(name);
    }

    private BackendStorage? FindBackend(string name)
    {
        if (_backends.TryGetValue(name, out BackendStorage? known))
            return known;
        if (_registrations.FirstOrDefault(backend => backend.Name == name) is not { } registration)
            return null;
        if (OptOut is not null)
            return AddMemory(name);
        var context = new BackendContext(Options.Directory, services, loggerFactory) { OpenTimeout = Options.OpenTimeout };
        return Add(name, name, registration.Persistent, () => registration.Create(context));
    }

    private BackendStorage AddMemory(string key) =>
        Add(key, MemoryName, persistent: false, static () => new MemoryBackend(new MemoryBackendOptions()));

    private BackendStorage Add(string key, string name, bool persistent, Func<IStorageBackend> create)
    {
        if (_disposed)
            throw new StorageException(StorageErrorKind.Unavailable, "The storage was disposed.");
        var backend = new BackendStorage(
            name,
            persistent,
            Options.Directory,
            Options.MaxTemporaryBytes,
            Options.WriteAheadLog,
            create,
            binding,
            _locks,
            _leasePolicy,
            _undone,
            timeProvider,
            loggerFactory);
        _backends.Add(key, backend);
        return backend;
    }
}
