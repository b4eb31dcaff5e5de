using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>An array that does what a file does, and the random operations that are done to both.</summary>
internal sealed class FileModel(Random random)
{
    private const int MaxLength = 400_000;

    private readonly byte[] _bytes = new byte[MaxLength];
    private int _length;

    public ReadOnlySpan<byte> Content => _bytes.AsSpan(0, _length);

    public void Step(IStorageFile file)
    {
        switch (random.Next(10))
        {
            case < 5:
                Write(file);
                break;
            case < 8:
                Read(file);
                break;
            case 8:
                Cut(file);
                break;
            default:
                file.Flush();
                break;
        }
        Assert.Equal(_length, file.Length);
    }

    private void Write(IStorageFile file)
    {
        int offset = Offset();
        byte[] piece = new byte[Math.Min(Count(), MaxLength - offset)];
        random.NextBytes(piece);
        file.Write(piece, offset);
        piece.CopyTo(_bytes, offset);
        if (piece.Length > 0)
            _length = Math.Max(_length, offset + piece.Length);
    }

    private void Read(IStorageFile file)
    {
        int offset = Offset();
        byte[] buffer = new byte[Count()];
        buffer.AsSpan().Fill(Bytes.Untouched);
        int expected = Math.Clamp(_length - offset, 0, buffer.Length);
        Assert.Equal(expected, file.Read(buffer, offset));
        Bytes.Equal(_bytes.AsSpan(offset, expected), buffer.AsSpan(0, expected));
        Assert.Equal(-1, buffer.AsSpan(expected).IndexOfAnyExcept(Bytes.Untouched));
    }

    private void Cut(IStorageFile file)
    {
        int length = Offset();
        file.SetLength(length);
        if (length < _length)
            _bytes.AsSpan(length, _length - length).Clear();
        _length = length;
    }

    /// <summary>Half of the time on a database page's border, and mostly inside the file.</summary>
    private int Offset()
    {
        int offset = random.Next(Math.Min(MaxLength - 1, _length + 20_000));
        return random.Next(2) == 0 ? offset : offset & ~4095;
    }

    /// <summary>Small pieces, database pages and long runs.</summary>
    private int Count() => random.Next(3) switch
    {
        0 => random.Next(1, 600),
        1 => 4096,
        _ => random.Next(1, 70_000),
    };
}
