using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>The functions of <c>vfs.ts</c>.</summary>
internal static partial class VfsInterop
{
    public const string Module = "isar-vfs";

    /// <summary>Registers a VFS with the engine and returns the address of its struct, 0 when SQLite refused it.</summary>
    [JSImport("register", Module)]
    public static partial int Register(string name, int vfs, int maxPathname, nint staging, int stagingSize);

    /// <summary>Makes a VFS SQLite's default.</summary>
    [JSImport("makeDefault", Module)]
    public static partial void MakeDefault(int address);

    [JSImport("unregister", Module)]
    public static partial void Unregister(int address);
}
