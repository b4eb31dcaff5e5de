namespace Isar.Storage.Sqlite;

/// <summary>What SQLite may rely on; see <see href="https://sqlite.org/c3ref/c_iocap_atomic.html">Device Characteristics</see>.</summary>
internal static class DeviceCharacteristics
{
    private const int SafeAppend = 0x200;
    private const int Sequential = 0x400;

    /// <summary>Bytes beside a write survive a power loss in the middle of it: SQLite's own VFSes say so too, and no backend differs.</summary>
    public const int PowersafeOverwrite = 0x1000;

    /// <summary>SQLite may read a part of a database page. It then reads large values past its cache, straight to where they are wanted.</summary>
    public const int SubpageRead = 0x8000;

    /// <summary>For content that cannot outlive the process: the order of writes does not matter.</summary>
    public const int Volatile = SafeAppend | Sequential | PowersafeOverwrite;

    /// <summary>
    /// Gets what SQLite may rely on in files of a backend. Its own VFSes say that parts of pages can be read; of ours those do whose files are
    /// the operating system's, which keeps what was read. Elsewhere SQLite's cache saves reading it again.
    /// </summary>
    public static int Of(IStorageBackend backend) =>
        (backend.Capabilities.Durability == StorageDurability.None ? Volatile : PowersafeOverwrite)
        | (backend is IFullPaths ? SubpageRead : 0);
}
