using System.Runtime.InteropServices;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>
/// The current row of a statement. One call steps the statement and brings the whole row, so that reading a column is no call. Texts and
/// blobs stay valid until the next step, reset or finalize of the statement, as SQLite promises. Those that do not fit into the buffer are
/// fetched when they are read.
/// </summary>
/// <remarks>
/// The layout, shared with <c>statementImports.ts</c>: the number of cells, 4 bytes unused, the cells, the bytes of texts and blobs.
/// </remarks>
internal sealed unsafe class RowBuffer : IDisposable
{
    private const int HeaderSize = 8;
    private const int DefaultSize = 8 * 1024;
    private const int MaxSpares = 16;

    private static readonly Stack<byte[]> _spares = new();

    private byte[] _bytes = _spares.TryPop(out byte[]? spare) ? spare : Allocate(DefaultSize);
    private byte* _start;

    public RowBuffer() => _start = AddressOf(_bytes);

    /// <summary>Gets the number of columns of the current row, 0 when there is none.</summary>
    public int Count { get; private set; }

    /// <summary>Gets a column of the current row.</summary>
    public Cell* this[int column] => (uint)column < (uint)Count ? (Cell*)(_start + HeaderSize) + column : Cell.Null;

    public int Step(nint statement)
    {
        Count = 0;
        int code = ProviderInterop.Step(statement, (nint)_start, _bytes.Length);
        if (code != raw.SQLITE_ROW)
            return code;
        int count = *(int*)_start;
        int cells = HeaderSize + count * Cell.Size;
        if (cells > _bytes.Length)
        {
            _bytes = Allocate(cells + DefaultSize);
            _start = AddressOf(_bytes);
            ProviderInterop.WriteRow(statement, (nint)_start, _bytes.Length);
        }
        Count = count;
        return code;
    }

    public void Clear() => Count = 0;

    /// <summary>Gives the memory to the next statement.</summary>
    public void Dispose()
    {
        Count = 0;
        if (_bytes.Length == DefaultSize && _spares.Count < MaxSpares)
            _spares.Push(_bytes);
    }

    private static byte[] Allocate(int size) => GC.AllocateUninitializedArray<byte>(size, pinned: true);

    private static byte* AddressOf(byte[] pinned) => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
