using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>The parameters of statements. Texts and blobs are copied once, into memory that SQLite owns from then on.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    int ISQLite3Provider.sqlite3_bind_null(sqlite3_stmt stmt, int index) => ProviderInterop.BindNull(HandleOf(stmt), index);

    int ISQLite3Provider.sqlite3_bind_int(sqlite3_stmt stmt, int index, int val)
        => ProviderInterop.BindInt(HandleOf(stmt), index, val);

    int ISQLite3Provider.sqlite3_bind_int64(sqlite3_stmt stmt, int index, long val)
        => ProviderInterop.BindInt64(HandleOf(stmt), index, val);

    int ISQLite3Provider.sqlite3_bind_double(sqlite3_stmt stmt, int index, double val)
        => ProviderInterop.BindDouble(HandleOf(stmt), index, val);

    int ISQLite3Provider.sqlite3_bind_text(sqlite3_stmt stmt, int index, ReadOnlySpan<byte> text)
    {
        // Not `fixed (byte* p = text)`: that is null for every empty span, and an empty text is not NULL.
        fixed (byte* start = &MemoryMarshal.GetReference(text))
            return ProviderInterop.BindText(HandleOf(stmt), index, (nint)start, text.Length);
    }

    int ISQLite3Provider.sqlite3_bind_text(sqlite3_stmt stmt, int index, utf8z text)
    {
        fixed (byte* start = text)
            return ProviderInterop.BindText(HandleOf(stmt), index, (nint)start, -1);
    }

    /// <summary>The engine knows only UTF-8.</summary>
    int ISQLite3Provider.sqlite3_bind_text16(sqlite3_stmt stmt, int index, ReadOnlySpan<char> text)
    {
        if (Unsafe.IsNullRef(ref MemoryMarshal.GetReference(text)))
            return ProviderInterop.BindNull(HandleOf(stmt), index);
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        fixed (byte* start = &MemoryMarshal.GetArrayDataReference(bytes))
            return ProviderInterop.BindText(HandleOf(stmt), index, (nint)start, bytes.Length);
    }

    int ISQLite3Provider.sqlite3_bind_blob(sqlite3_stmt stmt, int index, ReadOnlySpan<byte> blob)
    {
        fixed (byte* start = blob)
            return ProviderInterop.BindBlob(HandleOf(stmt), index, (nint)start, blob.Length);
    }

    int ISQLite3Provider.sqlite3_bind_zeroblob(sqlite3_stmt stmt, int index, int size)
        => ProviderInterop.BindZeroBlob(HandleOf(stmt), index, size);

    int ISQLite3Provider.sqlite3_clear_bindings(sqlite3_stmt stmt) => ProviderInterop.ClearBindings(HandleOf(stmt));

    int ISQLite3Provider.sqlite3_bind_parameter_count(sqlite3_stmt stmt) => ProviderInterop.BindParameterCount(HandleOf(stmt));

    int ISQLite3Provider.sqlite3_bind_parameter_index(sqlite3_stmt stmt, utf8z strName)
    {
        fixed (byte* name = strName)
            return ProviderInterop.BindParameterIndex(HandleOf(stmt), (nint)name);
    }

    utf8z ISQLite3Provider.sqlite3_bind_parameter_name(sqlite3_stmt stmt, int index)
        => EngineText.Copy(ProviderInterop.BindParameterName(HandleOf(stmt), index));
}
