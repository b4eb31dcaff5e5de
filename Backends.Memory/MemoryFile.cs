namespace Isar.Storage.Backends.Memory;

/// <summary>One open file in memory.</summary>
internal sealed class MemoryFile : IStorageFile
{
    private readonly FileLocks.Holder _lock;
    private readonly bool _writable;
    private MemoryContent? _content;

    public MemoryFile(MemoryContent content, bool writable)
    {
        content.AddReference();
        _content = content;
        _writable = writable;
        _lock = new FileLocks.Holder(content.Locks);
    }

    /// <inheritdoc/>
    public long Length => Content.Length;

    /// <inheritdoc/>
    public bool IsReserved => _lock.IsReserved;

    private MemoryContent Content => _content ?? throw new ObjectDisposedException(nameof(MemoryFile));

    private MemoryContent WritableContent => _writable ? Content : throw new StorageException(
        StorageErrorKind.ReadOnly, $"\"{Content.Name}\" was opened for reading only; open it for writing to change it.");

    /// <summary>Makes a file without a name, gone when it is closed: what SQLite needs for temporary data.</summary>
    public static MemoryFile CreateTemporary(MemorySpace space) => new(new MemoryContent("temporary file", space), writable: true);

    /// <inheritdoc/>
    public int Read(Span<byte> destination, long offset) => Content.Read(destination, offset);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> source, long offset) => WritableContent.Write(source, offset);

    /// <inheritdoc/>
    public void SetLength(long length) => WritableContent.SetLength(length);

    /// <summary>Does nothing: data in memory is as durable as it gets once it is written.</summary>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public bool TryLock(LockLevel level) => _lock.TryLock(level);

    /// <inheritdoc/>
    public void Unlock(LockLevel level) => _lock.Unlock(level);

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        Interlocked.Exchange(ref _content, null)?.Release();
    }
}
