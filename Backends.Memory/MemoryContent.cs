namespace Isar.Storage.Backends.Memory;

/// <summary>
/// The bytes of one file, shared by all its open files, like an inode: it lives as long as its name or an open file refers to it.
/// Chunks are allocated when they are first written; what was never written reads as zeros.
/// </summary>
/// <remarks>
/// Any number of threads may read beside one that writes. Lock order: the gate of <see cref="MemoryBackend"/>, then this one;
/// the gate of <see cref="FileLocks"/> is never taken together with either.
/// </remarks>
internal sealed class MemoryContent(string name, MemorySpace space)
{
    private const int ChunkSize = 64 * 1024;

    private static readonly long _maxLength = (long)Array.MaxLength * ChunkSize;

    private readonly ReaderWriterLockSlim _gate = new();

    /// <summary>Guarded by the gate. Behind <see cref="_length"/> every byte of a chunk is zero, so that growing uncovers zeros.</summary>
    private byte[]?[] _chunks = [];

    /// <summary>Written under the gate.</summary>
    private long _length;

    /// <summary>The name and the open files that refer to this.</summary>
    private int _references;

    public string Name => name;

    public FileLocks Locks { get; } = new();

    public long Length => Volatile.Read(ref _length);

    public int Read(Span<byte> destination, long offset)
    {
        _gate.EnterReadLock();
        try
        {
            int count = (int)Math.Clamp(_length - offset, 0, destination.Length);
            Span<byte> rest = destination[..count];
            while (!rest.IsEmpty)
            {
                (int index, int start) = Locate(offset);
                Span<byte> part = rest[..Math.Min(rest.Length, ChunkSize - start)];
                if (index < _chunks.Length && _chunks[index] is { } chunk)
                    chunk.AsSpan(start, part.Length).CopyTo(part);
                else
                    part.Clear();
                offset += part.Length;
                rest = rest[part.Length..];
            }
            return count;
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        if (source.IsEmpty)
            return;
        _gate.EnterWriteLock();
        try
        {
            if (offset > _maxLength - source.Length)
                throw TooLarge();
            long end = offset + source.Length;
            Take(end);
            try
            {
                Allocate(offset, end);
            }
            catch (OutOfMemoryException)
            {
                GiveBack(end);
                throw;
            }
            while (!source.IsEmpty)
            {
                (int index, int start) = Locate(offset);
                int count = Math.Min(source.Length, ChunkSize - start);
                source[..count].CopyTo(_chunks[index].AsSpan(start));
                offset += count;
                source = source[count..];
            }
            Volatile.Write(ref _length, Math.Max(_length, end));
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    public void SetLength(long length)
    {
        _gate.EnterWriteLock();
        try
        {
            if (length > _maxLength)
                throw TooLarge();
            Take(length);
            if (length < _length)
            {
                space.Give(_length - length);
                Cut(length);
            }
            Volatile.Write(ref _length, length);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            SetLength(0);
    }

    private static (int Index, int Start) Locate(long offset) => ((int)(offset / ChunkSize), (int)(offset % ChunkSize));

    /// <summary>Counts the bytes that the file takes beyond its present length.</summary>
    private void Take(long length)
    {
        if (length > _length && !space.TryTake(length - _length))
            throw space.Exceeded(name, length);
    }

    private void GiveBack(long length)
    {
        if (length > _length)
            space.Give(length - _length);
    }

    private void Allocate(long offset, long end)
    {
        int first = Locate(offset).Index;
        int last = Locate(end - 1).Index;
        if (last >= _chunks.Length)
            Array.Resize(ref _chunks, (int)Math.Clamp(_chunks.Length * 2L, last + 1, Array.MaxLength));
        for (int index = first; index <= last; index++)
            _chunks[index] ??= new byte[ChunkSize];
    }

    private void Cut(long length)
    {
        (int index, int start) = Locate(length);
        if (index >= _chunks.Length)
            return;
        if (start > 0)
        {
            _chunks[index]?.AsSpan(start).Clear();
            index++;
        }
        Array.Resize(ref _chunks, index);
    }

    private StorageException TooLarge()
        => new(StorageErrorKind.Full, $"\"{name}\" cannot grow beyond {_maxLength} bytes, the largest file in memory.");
}
