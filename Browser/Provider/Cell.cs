using System.Runtime.InteropServices;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>
/// A value of SQLite, as <c>cells.ts</c> writes it into .NET's memory. Reading it as its own type needs no call; to another type it is
/// converted by SQLite, <see href="https://sqlite.org/c3ref/column_blob.html">as its rules say</see>.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct Cell
{
    public const int Size = 24;

    /// <summary>The value of a column when there is no row or no such column.</summary>
    public static readonly Cell* Null = CreateNull();

    /// <summary>SQLite's type code.</summary>
    [FieldOffset(0)] public int Type;

    /// <summary>The bytes of a text (without its NUL) or a blob.</summary>
    [FieldOffset(4)] private readonly int _length;

    [FieldOffset(8)] private readonly long _integer;

    [FieldOffset(8)] private readonly double _real;

    /// <summary>Where the bytes are; null when they are still in SQLite's memory. A text has a NUL behind it.</summary>
    [FieldOffset(8)] private readonly byte* _bytes;

    /// <summary>The address of SQLite's own value, which can convert it.</summary>
    [FieldOffset(16)] private readonly int _source;

    public readonly long GetInt64() => Type switch
    {
        raw.SQLITE_INTEGER => _integer,
        raw.SQLITE_NULL => 0,
        _ => ProviderInterop.ValueInt64(_source),
    };

    public readonly double GetDouble() => Type switch
    {
        raw.SQLITE_FLOAT => _real,
        raw.SQLITE_INTEGER => _integer,
        raw.SQLITE_NULL => 0,
        _ => ProviderInterop.ValueDouble(_source),
    };

    public readonly int GetByteCount() => Type switch
    {
        raw.SQLITE_TEXT or raw.SQLITE_BLOB => _length,
        raw.SQLITE_NULL => 0,
        _ => ProviderInterop.ValueLength(_source, asText: 1),
    };

    public readonly utf8z GetText()
    {
        if (Type == raw.SQLITE_NULL)
            return utf8z.FromPtr(null);
        if (Type == raw.SQLITE_TEXT && _bytes != null)
            return utf8z.FromPtrLen(_bytes, _length);
        byte[] text = new byte[ProviderInterop.ValueLength(_source, asText: 1) + 1];
        fixed (byte* target = text)
            ProviderInterop.CopyValue(_source, asText: 1, (nint)target);
        return utf8z.FromSpan(text);
    }

    public readonly ReadOnlySpan<byte> GetBlob()
    {
        if (Type == raw.SQLITE_NULL)
            return default;
        if (Type is raw.SQLITE_TEXT or raw.SQLITE_BLOB && _bytes != null)
            return new ReadOnlySpan<byte>(_bytes, _length);
        byte[] blob = GC.AllocateUninitializedArray<byte>(ProviderInterop.ValueLength(_source, asText: 0));
        fixed (byte* target = blob)
            ProviderInterop.CopyValue(_source, asText: 0, (nint)target);
        return blob;
    }

    private static Cell* CreateNull()
    {
        var cell = (Cell*)NativeMemory.AllocZeroed(Size);
        cell->Type = raw.SQLITE_NULL;
        return cell;
    }
}
