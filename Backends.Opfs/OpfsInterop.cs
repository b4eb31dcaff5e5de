using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.Opfs;

/// <summary>The functions of <c>opfs.ts</c>. Offsets and lengths are whole numbers that a JavaScript number holds exactly.</summary>
internal static partial class OpfsInterop
{
    public const string Module = "isar-opfs";

    [JSImport("initialize", Module)]
    public static partial Task InitializeAsync(string directory);

    [JSImport("open", Module)]
    public static partial Task<int> OpenAsync(string path);

    [JSImport("exists", Module)]
    public static partial Task<bool> ExistsAsync(string path);

    [JSImport("restoreEntry", Module)]
    public static partial Task RestoreEntryAsync(string path);

    [JSImport("remove", Module)]
    public static partial Task RemoveAsync(string path);

    [JSImport("list", Module)]
    public static partial Task<string> ListAsync(string directory, string at);

    [JSImport("close", Module)]
    public static partial void Close(int handle);

    [JSImport("read", Module)]
    public static partial double Read(int handle, nint address, int length, double offset);

    [JSImport("write", Module)]
    public static partial double Write(int handle, nint address, int length, double offset);

    [JSImport("getSize", Module)]
    public static partial double GetSize(int handle);

    [JSImport("truncate", Module)]
    public static partial void Truncate(int handle, double length);

    [JSImport("flush", Module)]
    public static partial void Flush(int handle);
}
