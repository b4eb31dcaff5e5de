using Isar.Storage.Backends.Memory;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Isar.Storage.Sqlite;

/// <summary>The storages of one service provider, one per backend name, made when first asked for.</summary>
internal sealed class StorageRegistry(
    IEnumerable<BackendRegistration> backends,
    IOptions<IsarStorageOptions> options,
    IVfsBinding binding,
    TimeProvider timeProvider,
    ILoggerFactory loggerFactory,
    IServiceProvider services)
{
    private const string MemoryName = "memory";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, IsarStorage> _storages = [];
    private readonly BackendRegistration[] _backends = [.. backends];

    public IsarStorage Default => Get(DefaultName);

    private string DefaultName => options.Value.Candidates?[0] ?? _backends.FirstOrDefault()?.Name ?? MemoryName;

    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when no backend has this name.</exception>
    public IsarStorage Get(string name)
    {
        lock (_gate)
        {
            if (!_storages.TryGetValue(name, out IsarStorage? storage))
                _storages.Add(name, storage = Create(name));
            return storage;
        }
    }

    private IsarStorage Create(string name)
    {
        IsarStorageOptions current = options.Value;
        string? optOut = MemoryOptOut.ReasonOf(current);
        BackendRegistration? registration = _backends.FirstOrDefault(b => b.Name == name);
        if (registration is null && (optOut is null || name != DefaultName))
        {
            throw new StorageException(StorageErrorKind.Unavailable,
                $"There is no backend \"{name}\"; added are: {string.Join(", ", _backends.Select(b => b.Name))}.");
        }
        var context = new BackendContext(current.Directory, services, loggerFactory) { OpenTimeout = current.OpenTimeout };
        Func<IStorageBackend> create = optOut is null ? () => registration!.Create(context) : () => new MemoryBackend(new MemoryBackendOptions());
        bool isDefault = name == DefaultName;
        string reason = optOut is not null ? $"Nothing is stored, because {optOut}."
            : !isDefault ? "It was asked for by its name."
            : current.Candidates is not null ? "The options name it as the default."
            : _backends.Length == 1 ? "It is the only backend that was added."
            : "It is the first backend that was added.";
        return new IsarStorage(optOut is null ? name : MemoryName, reason, create, current, isDefault && current.UseAsSqliteDefault, binding, timeProvider, loggerFactory);
    }
}
