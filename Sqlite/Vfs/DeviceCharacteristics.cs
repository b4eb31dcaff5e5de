namespace Isar.Storage.Sqlite;

/// <summary>What SQLite may rely on; see <see href="https://sqlite.org/c3ref/c_iocap_atomic.html">Device Characteristics</see>.</summary>
internal static class DeviceCharacteristics
{
    private const int SafeAppend = 0x200;
    private const int Sequential = 0x400;

    /// <summary>Bytes beside a write survive a power loss in the middle of it: SQLite's own VFSes say so too, and no backend differs.</summary>
    public const int PowersafeOverwrite = 0x1000;

    /// <summary>For content that cannot outlive the process: the order of writes does not matter.</summary>
    public const int Volatile = SafeAppend | Sequential | PowersafeOverwrite;

    public static int Of(StorageDurability durability) => durability == StorageDurability.None ? Volatile : PowersafeOverwrite;
}
