namespace Isar.Storage.Backends.Memory;

/// <summary>
/// Files in memory, shared by name between all connections that use one object of this class. It behaves as a disk does:
/// locks conflict, space can run out, a deleted file lives on until it is closed, and a path is either a file or a directory.
/// </summary>
internal sealed class MemoryBackend(MemoryBackendOptions options) : IStorageBackend
{
    private readonly Lock _gate = new();
    private readonly MemorySpace _space = new(
        options.SizeLimit,
        "all files of the memory backend",
        $"Delete data or raise {nameof(MemoryBackendOptions)}.{nameof(MemoryBackendOptions.SizeLimit)}");

    /// <summary>Guarded by the gate; <see langword="null"/> before the backend is initialised and after it is disposed.</summary>
    private Dictionary<StoragePath, MemoryContent>? _files;

    private bool _disposed;

    /// <inheritdoc/>
    public StorageCapabilities Capabilities { get; } = new()
    {
        Persistent = false,
        Durability = StorageDurability.None,
        Sharing = StorageSharing.OneProcess,
    };

    /// <inheritdoc/>
    public string Location => "memory";

    private Dictionary<StoragePath, MemoryContent> Files => _files ?? throw Unavailable();

    /// <inheritdoc/>
    public ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            _files ??= _disposed ? throw Unavailable() : [];
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            _ = Files;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (at is { } path && Files.TryGetValue(path, out MemoryContent? content))
                return new([new StorageEntry(path, content.Length)]);
            StorageEntry[] entries = [.. Files.Where(file => at is not { } directory || IsBelow(file.Key.Value, directory.Value))
                .Select(file => new StorageEntry(file.Key, file.Value.Length))];
            Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Path.Value, b.Path.Value));
            return new(entries);
        }
    }

    /// <inheritdoc/>
    public IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        lock (_gate)
        {
            if (!Files.TryGetValue(path, out MemoryContent? content))
                content = Create(path, mode);
            return new MemoryFile(content, writable: mode != StorageOpenMode.ReadOnly);
        }
    }

    /// <inheritdoc/>
    public long? GetLength(StoragePath path)
    {
        lock (_gate)
            return Files.TryGetValue(path, out MemoryContent? content) ? content.Length : null;
    }

    /// <inheritdoc/>
    public void Delete(StoragePath path, bool flush)
    {
        lock (_gate)
        {
            if (!Files.Remove(path, out MemoryContent? content))
                throw Missing(path);
            content.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposed = true;
            if (_files is { } files)
            {
                _files = null;
                foreach (MemoryContent content in files.Values)
                    content.Release();
            }
        }
        return ValueTask.CompletedTask;
    }

    private StorageException Unavailable()
        => new(StorageErrorKind.Unavailable, $"The memory backend is {(_disposed ? "already disposed" : "not initialised")}.");

    private static StorageException Missing(StoragePath path)
        => new(StorageErrorKind.NotFound, $"The memory backend holds no file \"{path}\".");

    private MemoryContent Create(StoragePath path, StorageOpenMode mode)
    {
        if (Files.Keys.Any(file => IsBelow(file.Value, path.Value)))
            throw new StorageException(StorageErrorKind.NotAFile, $"\"{path}\" is a directory of the memory backend; choose another name.");
        if (mode != StorageOpenMode.Create)
            throw Missing(path);
        foreach (StoragePath file in Files.Keys.Where(file => IsBelow(path.Value, file.Value)))
        {
            throw new StorageException(StorageErrorKind.NotAFile,
                $"\"{file}\" is a file of the memory backend, so \"{path}\" cannot lie in it; choose another name.");
        }
        var content = new MemoryContent(path.Value, _space);
        content.AddReference();
        Files.Add(path, content);
        return content;
    }

    private static bool IsBelow(string path, string directory)
        => path.Length > directory.Length && path[directory.Length] == '/' && path.StartsWith(directory, StringComparison.Ordinal);
}
