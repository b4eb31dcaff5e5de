namespace Isar.Storage.Tests.Worlds;

/// <summary>What goes wrong in a session. Changed while it runs.</summary>
internal sealed class Faults
{
    private int _operations;
    private int _killAt = int.MaxValue;

    /// <summary>Gets the backends that are not available.</summary>
    public HashSet<string> Unavailable { get; } = [];

    /// <summary>Gets the databases that a crash has tied others to.</summary>
    public Dictionary<StoragePath, StoragePath[]> Links { get; } = [];

    /// <summary>Gets or sets whether the record of homes can be used.</summary>
    public bool RecordFails { get; set; }

    /// <summary>Gets or sets what an operation on a backend throws; <see langword="null"/> for nothing.</summary>
    public Func<string, string, StoragePath, Exception?>? OnOperation { get; set; }

    /// <summary>Gets or sets what a backend stores instead of what it is given.</summary>
    public Func<string, StoragePath, byte[], byte[]>? OnWrite { get; set; }

    /// <summary>Gets or sets how long files may be.</summary>
    public long? MaxFileLength { get; set; }

    /// <summary>Gets or sets whether the backends offer a write-ahead log.</summary>
    public bool OffersLog { get; set; }

    public int Operations => _operations;

    /// <summary>Gets or sets how many files were listed.</summary>
    public int Listed { get; set; }

    public bool IsDead => _operations > _killAt;

    /// <summary>Lets the process end at an operation that is still to come: from then on every operation throws.</summary>
    public void KillAfter(int operations) => _killAt = _operations + operations;

    /// <summary>Counts an operation.</summary>
    /// <returns><see langword="false"/> for the one in the middle of which the process ends.</returns>
    public bool Count()
    {
        if (IsDead)
            throw Dead();
        return ++_operations <= _killAt;
    }

    public void Meet(string backend, string operation, StoragePath path)
    {
        if (!Count())
            throw Dead();
        if (OnOperation?.Invoke(backend, operation, path) is { } failure)
            throw failure;
    }

    public static StorageException Dead() => new(StorageErrorKind.Io, "The process has ended.");
}
