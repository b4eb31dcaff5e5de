using System.Runtime.InteropServices;

namespace Isar.Storage.Sqlite;

/// <summary>The C struct <see href="https://sqlite.org/c3ref/vfs.html">sqlite3_vfs</see>, version 2.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeVfs
{
    public int Version;
    public int SizeOfFile;
    public int MaxPathname;
    public NativeVfs* Next;
    public byte* Name;
    public nint AppData;
    public delegate* unmanaged[Cdecl]<NativeVfs*, byte*, NativeVfsFile*, int, int*, int> Open;
    public delegate* unmanaged[Cdecl]<NativeVfs*, byte*, int, int> Delete;
    public delegate* unmanaged[Cdecl]<NativeVfs*, byte*, int, int*, int> Access;
    public delegate* unmanaged[Cdecl]<NativeVfs*, byte*, int, byte*, int> FullPathname;
    public delegate* unmanaged[Cdecl]<NativeVfs*, byte*, nint> DlOpen;
    public delegate* unmanaged[Cdecl]<NativeVfs*, int, byte*, void> DlError;
    public delegate* unmanaged[Cdecl]<NativeVfs*, nint, byte*, nint> DlSym;
    public delegate* unmanaged[Cdecl]<NativeVfs*, nint, void> DlClose;
    public delegate* unmanaged[Cdecl]<NativeVfs*, int, byte*, int> Randomness;
    public delegate* unmanaged[Cdecl]<NativeVfs*, int, int> Sleep;
    public delegate* unmanaged[Cdecl]<NativeVfs*, double*, int> CurrentTime;
    public delegate* unmanaged[Cdecl]<NativeVfs*, int, byte*, int> GetLastError;
    public delegate* unmanaged[Cdecl]<NativeVfs*, long*, int> CurrentTimeInt64;
}

/// <summary>The C struct <see href="https://sqlite.org/c3ref/io_methods.html">sqlite3_io_methods</see>, version 2.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeIoMethods
{
    public int Version;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int> Close;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, byte*, int, long, int> Read;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, byte*, int, long, int> Write;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, long, int> Truncate;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int, int> Sync;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, long*, int> FileSize;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int, int> Lock;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int, int> Unlock;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int*, int> CheckReservedLock;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int, void*, int> FileControl;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int> SectorSize;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int> DeviceCharacteristics;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int, int, int, nint*, int> ShmMap;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int, int, int, int> ShmLock;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, void> ShmBarrier;
    public delegate* unmanaged[Cdecl]<NativeVfsFile*, int, int> ShmUnmap;
}

/// <summary>Our subclass of the C struct <see href="https://sqlite.org/c3ref/file.html">sqlite3_file</see>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeVfsFile
{
    public NativeIoMethods* Methods;
    public int Handle;
}
