namespace Isar.Storage.Sqlite;

/// <summary>What SQLite may rely on; see <see href="https://sqlite.org/c3ref/c_iocap_atomic.html">Device Characteristics</see>.</summary>
internal static class DeviceCharacteristics
{
    private const int SafeAppend = 0x200;
    private const int Sequential = 0x400;
    private const int UndeletableWhenOpen = 0x800;
    public const int PowersafeOverwrite = 0x1000;

    /// <summary>Of content that cannot outlive the process: the order of writes does not matter to anybody.</summary>
    public const int Volatile = SafeAppend | Sequential | PowersafeOverwrite;

    public static int Of(StorageCapabilities capabilities)
    {
        int result = capabilities.Flush == FlushGuarantee.None ? Volatile : 0;
        if (capabilities.PowersafeOverwrite)
            result |= PowersafeOverwrite;
        if (capabilities.UndeletableWhenOpen)
            result |= UndeletableWhenOpen;
        return result;
    }
}
