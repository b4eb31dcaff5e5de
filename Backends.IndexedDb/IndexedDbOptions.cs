namespace Isar.Storage;

/// <summary>The options of the IndexedDB backend.</summary>
public sealed class IndexedDbOptions
{
    private const int MinBlockSize = 4 * 1024;
    private const int MaxBlockSize = 1024 * 1024;

    /// <summary>Gets or sets what an acknowledged commit survives.</summary>
    /// <value>
    /// <see cref="IndexedDbDurability.Strict"/> by default; see
    /// <see href="https://w3c.github.io/IndexedDB/#transaction-durability-hint">durability hint</see>.
    /// </value>
    public IndexedDbDurability Durability { get; set; } = IndexedDbDurability.Strict;

    /// <summary>Gets or sets the block size in bytes of new databases; existing ones keep theirs.</summary>
    /// <value>A power of two from 4 KiB to 1 MiB. The default value is 32 KiB: small enough for small commits, large enough for loading.</value>
    public int BlockSize { get; set; } = 32 * 1024;

    /// <summary>Gets or sets the largest length of one database in bytes: all of an open database is in memory.</summary>
    /// <value>At least 1 MiB. The default value is 512 MiB.</value>
    public long MaxDatabaseBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>
    /// Gets or sets how many bytes of commits may wait to be stored. While there are more, writing is refused with
    /// <see cref="StorageErrorKind.Busy"/> until <see cref="IStorageBackend.FlushAsync"/> has completed; the worker waits by itself.
    /// </summary>
    /// <value>At least 1 MiB. The default value is 64 MiB.</value>
    public long MaxUnflushedBytes { get; set; } = 64 * 1024 * 1024;

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    internal void Validate()
    {
        if (!Enum.IsDefined(Durability))
            throw new ArgumentOutOfRangeException(nameof(Durability), Durability, "It must be Strict or Relaxed.");
        if (!int.IsPow2(BlockSize) || BlockSize is < MinBlockSize or > MaxBlockSize)
            throw new ArgumentOutOfRangeException(nameof(BlockSize), BlockSize, $"It must be a power of two from {MinBlockSize} to {MaxBlockSize}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDatabaseBytes, MaxBlockSize, nameof(MaxDatabaseBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxUnflushedBytes, MaxBlockSize, nameof(MaxUnflushedBytes));
    }
}

/// <summary>What an acknowledged commit in IndexedDB survives.</summary>
public enum IndexedDbDurability
{
    /// <summary>It survives a power loss too, as far as the browser's flush goes.</summary>
    Strict,

    /// <summary>It survives the end and a crash of the browser; a power loss can undo the last commits, each as a whole.</summary>
    Relaxed,
}
