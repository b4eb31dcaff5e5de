using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>
/// The functions of the process's SQLite engine that SQLitePCLRaw does not offer. They are looked up in the library that its provider
/// uses, so that whichever engine the app chose is the one that gets our VFS.
/// </summary>
internal sealed unsafe class NativeEngine
{
    private static readonly Lazy<NativeEngine> _instance = new(() => new NativeEngine(), LazyThreadSafetyMode.PublicationOnly);

    private NativeEngine()
    {
        nint library = Load();
        Register = (delegate* unmanaged[Cdecl]<NativeVfs*, int, int>)NativeLibrary.GetExport(library, "sqlite3_vfs_register");
        Unregister = (delegate* unmanaged[Cdecl]<NativeVfs*, int>)NativeLibrary.GetExport(library, "sqlite3_vfs_unregister");
        Allocate = (delegate* unmanaged[Cdecl]<int, byte*>)NativeLibrary.GetExport(library, "sqlite3_malloc");
        UriBoolean = (delegate* unmanaged[Cdecl]<byte*, byte*, int, int>)NativeLibrary.GetExport(library, "sqlite3_uri_boolean");
        var find = (delegate* unmanaged[Cdecl]<byte*, NativeVfs*>)NativeLibrary.GetExport(library, "sqlite3_vfs_find");
        Default = find(null);
    }

    /// <summary>Gets the engine; the first use loads it.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when the app has none.</exception>
    public static NativeEngine Instance => _instance.Value;

    /// <summary>Gets <see href="https://sqlite.org/c3ref/vfs_find.html">sqlite3_vfs_register</see>.</summary>
    public delegate* unmanaged[Cdecl]<NativeVfs*, int, int> Register { get; }

    /// <summary>Gets <see href="https://sqlite.org/c3ref/vfs_find.html">sqlite3_vfs_unregister</see>.</summary>
    public delegate* unmanaged[Cdecl]<NativeVfs*, int> Unregister { get; }

    /// <summary>Gets <see href="https://sqlite.org/c3ref/free.html">sqlite3_malloc</see>.</summary>
    public delegate* unmanaged[Cdecl]<int, byte*> Allocate { get; }

    /// <summary>Gets <see href="https://sqlite.org/c3ref/uri_boolean.html">sqlite3_uri_boolean</see>.</summary>
    public delegate* unmanaged[Cdecl]<byte*, byte*, int, int> UriBoolean { get; }

    /// <summary>Gets the operating system's own VFS, for loading extensions.</summary>
    public NativeVfs* Default { get; }

    private static nint Load()
    {
        try
        {
            // The static constructor of SqliteConnection sets the provider up.
            new SqliteConnection().Dispose();
            raw.sqlite3_initialize();
            return NativeLibrary.Load(raw.GetNativeLibraryName(), typeof(SqliteConnection).Assembly, searchPath: null);
        }
        catch (Exception e)
        {
            throw new StorageException(StorageErrorKind.Unavailable,
                "There is no SQLite engine in this app: add the package SQLitePCLRaw.bundle_e_sqlite3 (or another SQLitePCLRaw bundle).", e);
        }
    }
}
