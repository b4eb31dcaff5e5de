using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Isar.Storage.Sqlite;

/// <summary>The functions of <see cref="NativeIoMethods"/>: they move arguments to and from <see cref="SqliteFile"/>, nothing else.</summary>
internal static unsafe class NativeFileCallbacks
{
    /// <summary>The table for files without shared memory. As the other one it lives as long as the process.</summary>
    private static readonly NativeIoMethods* _plain = CreateMethods(version: 1);

    private static readonly NativeIoMethods* _withSharedMemory = CreateMethods(version: 2);

    /// <summary>Gets the table for a file. By its version SQLite knows whether a write-ahead log can be shared.</summary>
    public static NativeIoMethods* MethodsOf(SqliteFile file) => file.HasSharedMemory ? _withSharedMemory : _plain;

    private static NativeIoMethods* CreateMethods(int version)
    {
        var methods = (NativeIoMethods*)NativeMemory.AllocZeroed((nuint)sizeof(NativeIoMethods));
        methods->Version = version;
        methods->Close = &Close;
        methods->Read = &Read;
        methods->Write = &Write;
        methods->Truncate = &Truncate;
        methods->Sync = &Sync;
        methods->FileSize = &FileSize;
        methods->Lock = &Lock;
        methods->Unlock = &Unlock;
        methods->CheckReservedLock = &CheckReservedLock;
        methods->FileControl = &Control;
        methods->SectorSize = &SectorSize;
        methods->DeviceCharacteristics = &Characteristics;
        methods->ShmMap = &ShmMap;
        methods->ShmLock = &ShmLock;
        methods->ShmBarrier = &ShmBarrier;
        methods->ShmUnmap = &ShmUnmap;
        return methods;
    }

    private static SqliteFile Of(NativeVfsFile* file) => SqliteFile.Handles[file->Handle];

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(NativeVfsFile* file)
    {
        file->Methods = null;
        return SqliteFile.Close(file->Handle);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(NativeVfsFile* file, byte* buffer, int count, long offset) => Of(file).Read(new Span<byte>(buffer, count), offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(NativeVfsFile* file, byte* buffer, int count, long offset)
        => Of(file).Write(new ReadOnlySpan<byte>(buffer, count), offset);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(NativeVfsFile* file, long length) => Of(file).Truncate(length);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(NativeVfsFile* file, int flags) => Of(file).Sync();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(NativeVfsFile* file, long* length) => Of(file).FileSize(out *length);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Lock(NativeVfsFile* file, int level) => Of(file).Lock(level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Unlock(NativeVfsFile* file, int level) => Of(file).Unlock(level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CheckReservedLock(NativeVfsFile* file, int* result)
    {
        int code = Of(file).CheckReservedLock(out bool reserved);
        *result = reserved ? 1 : 0;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Control(NativeVfsFile* file, int opcode, void* argument)
    {
        FileControlArgument type = FileControl.ArgumentOf(opcode);
        long value = type == FileControlArgument.Int32 ? *(int*)argument : 0;
        string? text = null;
        int code = Of(file).Control(opcode, ref value, ref text);
        if (code != SqliteCode.Ok)
            return code;
        if (type == FileControlArgument.Int32)
            *(int*)argument = (int)value;
        else if (type == FileControlArgument.Text)
            *(byte**)argument = AllocateText(text!);
        return SqliteCode.Ok;
    }

    /// <summary>Copies a text into memory that SQLite's caller frees with sqlite3_free.</summary>
    private static byte* AllocateText(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        byte* copy = NativeEngine.Instance.Allocate(length + 1);
        if (copy == null)
            return null;
        Encoding.UTF8.GetBytes(text, new Span<byte>(copy, length));
        copy[length] = 0;
        return copy;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SectorSize(NativeVfsFile* file) => SqliteFile.SectorSize;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Characteristics(NativeVfsFile* file) => Of(file).DeviceCharacteristics;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmMap(NativeVfsFile* file, int region, int length, int extend, nint* address)
        => Of(file).ShmMap(region, length, extend != 0, out *address);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmLock(NativeVfsFile* file, int slot, int count, int flags) => Of(file).ShmLock(slot, count, flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ShmBarrier(NativeVfsFile* file) => SqliteFile.ShmBarrier();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ShmUnmap(NativeVfsFile* file, int delete) => Of(file).ShmUnmap(delete != 0);
}
