using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Isar.Storage.Sqlite;

/// <summary>The functions of <see cref="NativeVfs"/>: they move arguments to and from <see cref="SqliteVfs"/>, nothing else.</summary>
internal static unsafe class NativeVfsCallbacks
{
    public static void Fill(NativeVfs* vfs)
    {
        vfs->Version = 2;
        vfs->SizeOfFile = sizeof(NativeVfsFile);
        vfs->Open = &Open;
        vfs->Delete = &Delete;
        vfs->Access = &Access;
        vfs->FullPathname = &FullPathname;
        vfs->DlOpen = &DlOpen;
        vfs->DlError = &DlError;
        vfs->DlSym = &DlSym;
        vfs->DlClose = &DlClose;
        vfs->Randomness = &Randomness;
        vfs->Sleep = &Sleep;
        vfs->CurrentTime = &CurrentTime;
        vfs->GetLastError = &GetLastError;
        vfs->CurrentTimeInt64 = &CurrentTimeInt64;
    }

    private static SqliteVfs Of(NativeVfs* vfs) => SqliteVfs.Handles[(int)vfs->AppData];

    private static string Text(byte* utf8) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(utf8));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(NativeVfs* vfs, byte* name, NativeVfsFile* file, int flags, int* outFlags)
    {
        file->Methods = null;
        int code = Of(vfs).Open(name == null ? null : Text(name), flags, out file->Handle, out int openFlags);
        if (code != SqliteCode.Ok)
            return code;
        if (outFlags != null)
            *outFlags = openFlags;
        SqliteFile opened = SqliteFile.Handles[file->Handle];
        file->Methods = NativeFileCallbacks.MethodsOf(opened);
        if (((OpenFlags)flags).HasFlag(OpenFlags.MainDatabase | OpenFlags.Uri))
        {
            opened.IsPowersafe = Parameter(name, "psow"u8, whenAbsent: true);
            opened.IsSharedMemoryReadOnly = Parameter(name, "readonly_shm"u8, whenAbsent: false);
        }
        return SqliteCode.Ok;
    }

    /// <summary>Reads a parameter of a database's name (<see href="https://sqlite.org/uri.html">Uniform Resource Identifiers</see>).</summary>
    private static bool Parameter(byte* name, ReadOnlySpan<byte> parameter, bool whenAbsent)
    {
        fixed (byte* key = parameter)
            return NativeEngine.Instance.UriBoolean(name, key, whenAbsent ? 1 : 0) != 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(NativeVfs* vfs, byte* name, int syncDirectory) => Of(vfs).Delete(Text(name), syncDirectory != 0);

    /// <summary>Called twice at every transaction, so the name becomes a string only if it is long.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    [SkipLocalsInit]
    private static int Access(NativeVfs* vfs, byte* name, int flags, int* result)
    {
        const int Longest = 512;
        ReadOnlySpan<byte> utf8 = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        Span<char> buffer = stackalloc char[Longest];
        ReadOnlySpan<char> text = utf8.Length <= Longest ? buffer[..Encoding.UTF8.GetChars(utf8, buffer)] : Encoding.UTF8.GetString(utf8);
        int code = Of(vfs).Access(text, out bool exists);
        *result = exists ? 1 : 0;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FullPathname(NativeVfs* vfs, byte* name, int size, byte* destination)
    {
        int code = Of(vfs).FullPathname(Text(name), out string fullPath);
        if (SqliteCode.Primary(code) != SqliteCode.Ok)
            return code;
        var buffer = new Span<byte>(destination, size);
        if (!Encoding.UTF8.TryGetBytes(fullPath, buffer[..^1], out int length))
            return SqliteCode.CantOpenFullPath;
        buffer[length] = 0;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint DlOpen(NativeVfs* vfs, byte* name) => NativeEngine.Instance.Default->DlOpen(NativeEngine.Instance.Default, name);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void DlError(NativeVfs* vfs, int size, byte* text)
        => NativeEngine.Instance.Default->DlError(NativeEngine.Instance.Default, size, text);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint DlSym(NativeVfs* vfs, nint library, byte* symbol)
        => NativeEngine.Instance.Default->DlSym(NativeEngine.Instance.Default, library, symbol);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void DlClose(NativeVfs* vfs, nint library)
        => NativeEngine.Instance.Default->DlClose(NativeEngine.Instance.Default, library);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Randomness(NativeVfs* vfs, int size, byte* destination) => SqliteVfs.Randomness(new Span<byte>(destination, size));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sleep(NativeVfs* vfs, int microseconds) => SqliteVfs.Sleep(microseconds);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CurrentTime(NativeVfs* vfs, double* days)
    {
        int code = Of(vfs).CurrentTime(out long milliseconds);
        *days = milliseconds / 86_400_000.0;
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CurrentTimeInt64(NativeVfs* vfs, long* milliseconds) => Of(vfs).CurrentTime(out *milliseconds);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetLastError(NativeVfs* vfs, int size, byte* destination) =>
        SqliteVfs.GetLastError(new Span<byte>(destination, Math.Max(size, 0)));
}
