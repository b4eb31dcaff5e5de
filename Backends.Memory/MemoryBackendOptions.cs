namespace Isar.Storage;

/// <summary>The options of <c>UseMemory</c>. Read once, when the backend is made.</summary>
public sealed class MemoryBackendOptions
{
    /// <summary>Gets or sets how many bytes all files of the backend may have together.</summary>
    /// <value>
    /// From 0. The default value is <see langword="null"/>: only the process's memory limits them. A write or a new length that would
    /// exceed it fails with <see cref="StorageErrorKind.Full"/> and changes nothing; SQLite reports <c>SQLITE_FULL</c>.
    /// </value>
    /// <remarks>Lengths count, holes included; a deleted file counts until it is closed. SQLite's temporary files do not count.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long? SizeLimit
    {
        get;
        set
        {
            if (value is { } limit)
                ArgumentOutOfRangeException.ThrowIfNegative(limit, nameof(value));
            field = value;
        }
    }
}
