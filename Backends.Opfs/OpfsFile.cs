namespace Isar.Storage.Backends.Opfs;

/// <summary>One open file: its content, shared with others, and its own lock.</summary>
internal sealed class OpfsFile : IStorageFile, IFileSync, ICommitPhaseTwo, ILogWrites, IDirectReads
{
    private readonly OpfsContent _content;
    private readonly FileLocks.Holder _lock;
    private readonly StoragePath _path;
    private readonly bool _readOnly;
    private bool _disposed;

    /// <summary>Why the last transaction could not be written to the log, of which SQLite is told at the end of its commit.</summary>
    private StorageException? _lateFailure;

    public OpfsFile(OpfsContent content, StoragePath path, bool readOnly)
    {
        _content = content;
        _lock = new FileLocks.Holder(content.Locks);
        _path = path;
        _readOnly = readOnly;
        content.OpenFiles++;
    }

    public long Length
    {
        get
        {
            _content.ThrowIfLost();
            return _content.Length;
        }
    }

    public bool IsReserved => _lock.IsReserved;

    public string Script => OpfsInterop.Module;

    public int? StoredFile => _content.StoredFile;

    public int Read(Span<byte> destination, long offset) => _content.Read(destination, offset);

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        CheckWritable();
        _content.Write(source, offset);
    }

    public void SetLength(long length)
    {
        CheckWritable();
        _content.SetLength(length);
    }

    public void Flush() => _content.Flush();

    /// <summary>Passes writes on now, so that one that fails late still fails its own transaction.</summary>
    public void BeforeSync() => _content.PassOnWrites();

    /// <summary>Passes writes on: with <c>journal_mode=PERSIST</c> the journal ends with a write.</summary>
    public void CommitPhaseTwo()
    {
        if (_lateFailure is { } failure)
        {
            _lateFailure = null;
            throw new StorageException(failure.Kind, failure.Message, failure);
        }
        _content.PassOnWrites();
    }

    public bool EndLogWrites(bool isCheckpoint)
    {
        StorageException? failure = _content.EndLogWrites(isCheckpoint);
        _lateFailure = isCheckpoint ? null : failure;
        return failure is not null;
    }

    public bool TryLock(LockLevel level) => _lock.TryLock(level);

    public void Unlock(LockLevel level)
    {
        if (_lock.Level >= LockLevel.Reserved)
            _content.EndWriting();
        _lock.Unlock(level);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Unlock(LockLevel.None);
        _content.OpenFiles--;
    }

    private void CheckWritable()
    {
        if (_readOnly)
            throw new StorageException(StorageErrorKind.ReadOnly, $"\"{_path}\" was opened for reading only.");
    }
}
