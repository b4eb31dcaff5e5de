namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// Serves sequential reads from larger ones: a read that continues the previous one fetches as much behind it as was read in a row, so that one
/// that happens to be the neighbour costs little.
/// </summary>
internal sealed class ReadAhead(OpfsHandle handle)
{
    private const int Capacity = 128 * 1024;

    private byte[] _buffer = [];
    private long _start;
    private int _length;
    private long _next = -1;
    private long _inARow;

    /// <summary>Reads a range that lies inside the file.</summary>
    /// <param name="destination">What to fill.</param>
    /// <param name="offset">Where to begin, counted from the start of the access handle's file.</param>
    /// <param name="end">The file's end, counted from the same start.</param>
    public void Read(Span<byte> destination, long offset, long end)
    {
        bool continues = offset == _next;
        _next = offset + destination.Length;
        _inARow = continues ? _inARow + destination.Length : destination.Length;
        if (!Holds(offset, destination.Length))
        {
            if (!continues || destination.Length >= Capacity)
            {
                ReadFully(destination, offset);
                return;
            }
            Fill(offset, (int)Math.Min(Math.Min(_inARow, Capacity), end - offset));
        }
        _buffer.AsSpan((int)(offset - _start), destination.Length).CopyTo(destination);
    }

    /// <summary>Forgets everything that was read from <paramref name="offset"/> to <paramref name="end"/>.</summary>
    public void Invalidate(long offset, long end)
    {
        if (offset < _start + _length && _start < end)
            _length = 0;
    }

    private bool Holds(long offset, int count) => offset >= _start && offset + count <= _start + _length;

    private void Fill(long offset, int count)
    {
        if (_buffer.Length == 0)
            _buffer = GC.AllocateUninitializedArray<byte>(Capacity);
        _length = 0;
        ReadFully(_buffer.AsSpan(0, count), offset);
        _start = offset;
        _length = count;
    }

    private void ReadFully(Span<byte> destination, long offset)
    {
        int count = handle.Read(destination, offset);
        if (count != destination.Length)
            throw new StorageException(StorageErrorKind.Io, $"The browser read {count} of {destination.Length} bytes that the file has.");
    }
}
