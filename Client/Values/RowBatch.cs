using System.Buffers.Binary;
using System.Text;
using Isar.Storage.Protocol;

namespace Isar.Storage.Client;

/// <summary>
/// One result of a request: its columns, and the rows one after another. Reads the bytes where they are; <c>protocol.ts</c> describes them.
/// </summary>
internal sealed class RowBatch
{
    private readonly byte[] _block;
    private readonly int[] _values;
    private int _at;
    private long _rowsLeft;

    /// <param name="block">The results of a request.</param>
    /// <param name="start">Where this one begins.</param>
    public RowBatch(byte[] block, int start)
    {
        _block = block;
        _at = start;
        DeclaredTypes = ReadTexts(ReadCount());
        int columns = ReadCount();
        if (columns != DeclaredTypes.Count)
            throw Damaged($"{columns} columns have {DeclaredTypes.Count} types");
        _rowsLeft = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
        Names = ReadTexts(columns);
        _values = new int[columns];
        HasRows = _rowsLeft > 0;
        if (!HasRows)
            return;
        int firstRow = _at;
        LocateValues();
        _at = firstRow;
        HasTags = true;
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Gets the types that tables declare for the columns; empty where there is none.</summary>
    public IReadOnlyList<string> DeclaredTypes { get; }

    public bool HasRows { get; }

    /// <summary>Gets how many bytes of the block were read.</summary>
    public int Position => _at;

    /// <summary>Gets whether there is a current row.</summary>
    public bool OnRow { get; private set; }

    /// <summary>Gets whether <see cref="TagOf"/> may be called: on a row, or before the first one, which it then describes.</summary>
    public bool HasTags { get; private set; }

    /// <summary>Goes on to the next row.</summary>
    public bool MoveNext()
    {
        OnRow = HasTags = _rowsLeft > 0;
        if (!OnRow)
            return false;
        _rowsLeft--;
        LocateValues();
        return true;
    }

    /// <summary>Skips the rows that are left.</summary>
    /// <returns>Where the next result begins.</returns>
    public int Skip()
    {
        while (MoveNext())
        {
        }
        return _at;
    }

    /// <summary>Gets the tag of a value of the current row.</summary>
    public Tag TagOf(int ordinal) => (Tag)_block[_values[ordinal]];

    /// <summary>Gets a value whose tag is that of an integer.</summary>
    public long ReadInteger(int ordinal) => TagOf(ordinal) == Tag.Int32
        ? BinaryPrimitives.ReadInt32LittleEndian(_block.AsSpan(_values[ordinal] + 1))
        : BinaryPrimitives.ReadInt64LittleEndian(_block.AsSpan(_values[ordinal] + 1));

    /// <summary>Gets a value whose tag is that of a real number.</summary>
    public double ReadReal(int ordinal) => BinaryPrimitives.ReadDoubleLittleEndian(_block.AsSpan(_values[ordinal] + 1));

    /// <summary>Gets the bytes of a value whose tag is that of a text or a blob.</summary>
    public ReadOnlyMemory<byte> ReadBytes(int ordinal)
    {
        int start = _values[ordinal] + 1;
        return _block.AsMemory(start + sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(_block.AsSpan(start)));
    }

    private void LocateValues()
    {
        for (int i = 0; i < _values.Length; i++)
        {
            _values[i] = _at;
            SkipValue();
        }
    }

    private void SkipValue()
    {
        var tag = (Tag)Take(1)[0];
        int length = tag switch
        {
            Tag.Null => 0,
            Tag.Int32 => sizeof(int),
            Tag.Int64 => sizeof(long),
            Tag.Float64 => sizeof(double),
            Tag.Text or Tag.Blob => ReadCount(),
            _ => throw Damaged($"there is no tag {(byte)tag}"),
        };
        Take(length);
    }

    private string[] ReadTexts(int count)
    {
        // Each takes at least the four bytes of its length.
        if (count > (_block.Length - _at) / sizeof(int))
            throw EndsEarly();
        var texts = new string[count];
        for (int i = 0; i < count; i++)
            texts[i] = Encoding.UTF8.GetString(Take(ReadCount()));
        return texts;
    }

    private int ReadCount()
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
        return count <= int.MaxValue ? (int)count : throw EndsEarly();
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _block.Length - _at)
            throw EndsEarly();
        ReadOnlySpan<byte> bytes = _block.AsSpan(_at, length);
        _at += length;
        return bytes;
    }

    private IsarException EndsEarly() => Damaged($"it ends at {_block.Length}");

    private IsarException Damaged(string how) => IsarException.OfProtocol($"The worker's answer is damaged at {_at}: {how}.");
}
