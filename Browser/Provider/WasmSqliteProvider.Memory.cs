using System.Runtime.InteropServices;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>Memory for callers, which is .NET's, and numbers about the memory that SQLite uses itself.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    private const int SerializeNoCopy = 1;
    private const int DeserializeFreeOnClose = 1;

    IntPtr ISQLite3Provider.sqlite3_malloc(int n) => n <= 0 ? 0 : (nint)NativeMemory.Alloc((nuint)n);

    IntPtr ISQLite3Provider.sqlite3_malloc64(long n) => n <= 0 ? 0 : (nint)NativeMemory.Alloc(checked((nuint)n));

    void ISQLite3Provider.sqlite3_free(IntPtr p) => NativeMemory.Free((void*)p);

    long ISQLite3Provider.sqlite3_memory_used() => MemoryUsed(reset: 0).Current;

    long ISQLite3Provider.sqlite3_memory_highwater(int resetFlag) => MemoryUsed(resetFlag).Highest;

    int ISQLite3Provider.sqlite3_status(int op, out int current, out int highwater, int resetFlag)
    {
        int* results = stackalloc int[2];
        int code = ProviderInterop.Status(op, resetFlag, (nint)results);
        current = results[0];
        highwater = results[1];
        return code;
    }

    long ISQLite3Provider.sqlite3_soft_heap_limit64(long n) => HeapLimit("soft_heap_limit", n);

    long ISQLite3Provider.sqlite3_hard_heap_limit64(long n) => HeapLimit("hard_heap_limit", n);

    IntPtr ISQLite3Provider.sqlite3_serialize(sqlite3 db, utf8z schema, out long size, int flags)
    {
        long length = 0;
        nint image;
        fixed (byte* name = schema)
            image = ProviderInterop.Serialize(HandleOf(db), (nint)name, flags, (nint)(&length));
        size = length;
        // Without a copy, the image can only be in SQLite's memory. SQLite allows the answer "there is none".
        if (image == 0 || (flags & SerializeNoCopy) != 0)
            return 0;
        void* copy = NativeMemory.Alloc(checked((nuint)length));
        ProviderInterop.CopyBytes(image, (nint)copy, (int)length);
        ProviderInterop.Free(image);
        return (nint)copy;
    }

    /// <summary>Gives SQLite a copy. Memory that SQLite was to own is freed at once, and later changes do not show in the caller's memory.</summary>
    int ISQLite3Provider.sqlite3_deserialize(sqlite3 db, utf8z schema, IntPtr data, long szDb, long szBuf, int flags)
    {
        int code;
        fixed (byte* name = schema)
            code = ProviderInterop.Deserialize(HandleOf(db), (nint)name, data, szDb, szBuf, flags);
        if ((flags & DeserializeFreeOnClose) != 0)
            NativeMemory.Free((void*)data);
        return code;
    }

    private static (long Current, long Highest) MemoryUsed(int reset)
    {
        long* results = stackalloc long[2];
        ProviderInterop.Status64(raw.SQLITE_STATUS_MEMORY_USED, reset, (nint)results);
        return (results[0], results[1]);
    }

    /// <summary>
    /// Reads the limit and, when it is not negative, sets it. The functions are not exported, so their
    /// <see href="https://sqlite.org/pragma.html#pragma_hard_heap_limit">pragmas</see> do it.
    /// </summary>
    private static long HeapLimit(string pragma, long limit)
    {
        int db;
        fixed (byte* name = ":memory:"u8)
            ProviderInterop.Open((nint)name, (nint)(&db));
        try
        {
            long before = InnerStatement.QueryInt64(db, $"PRAGMA {pragma}");
            if (limit >= 0 && InnerStatement.QueryInt64(db, $"PRAGMA {pragma}={limit}") != limit)
                throw new NotSupportedException($"The SQLite engine can only lower its {pragma}, which is {before} bytes.");
            return before;
        }
        finally
        {
            ProviderInterop.CloseV2(db);
        }
    }
}
