namespace Isar.Storage;

/// <summary>What a backend is and guarantees; plain data, for the adapter, the report and the tests.</summary>
public sealed record StorageCapabilities
{
    /// <summary>Gets whether data outlives the process or page.</summary>
    public required bool Persistent { get; init; }

    /// <summary>Gets what a flush guarantees.</summary>
    public required StorageDurability Durability { get; init; }

    /// <summary>Gets who may use a database at the same time.</summary>
    public required StorageSharing Sharing { get; init; }

    /// <summary>
    /// Gets whether several connections can share a write-ahead log (<c>journal_mode=WAL</c>): whether databases are <see cref="ISharedMemory"/>,
    /// or are used by turns, so that the memory of one process or worker is enough.
    /// </summary>
    public bool WriteAheadLog { get; init; }

    /// <summary>Gets the largest length of one file in bytes, or <see langword="null"/> when only space limits it.</summary>
    public long? MaxFileLength { get; init; }
}

/// <summary>What a flush guarantees.</summary>
public enum StorageDurability
{
    /// <summary>Nothing: data is gone with the process.</summary>
    None,

    /// <summary>The operating system has the data: it survives a crash of the program, but perhaps not a power loss.</summary>
    Relaxed,

    /// <summary>The device has the data, as far as the platform's own flush goes.</summary>
    Full,
}

/// <summary>Who may use a database at the same time. The connections of one process or worker always may.</summary>
public enum StorageSharing
{
    /// <summary>Only the connections of one process or worker.</summary>
    OneProcess,

    /// <summary>Several processes, tabs or workers by turns: one has the files, and hands them over between transactions.</summary>
    ByTurns,

    /// <summary>Several processes or tabs at the same time.</summary>
    ManyProcesses,
}
