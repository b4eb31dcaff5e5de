namespace Isar.Storage.Backends.IndexedDb;

/// <summary>One open file: its content, shared with others, and its own lock.</summary>
internal sealed class IndexedDbFile : IStorageFile, ICommitPhaseTwo
{
    private readonly IndexedDbContent _content;
    private readonly IndexedDbDatabase _database;
    private readonly FileLocks.Holder _lock;
    private readonly bool _readOnly;

    /// <summary>Why data that was read under the present lock is no longer true.</summary>
    private StorageException? _doom;

    /// <summary>What the connection of this file must forget.</summary>
    private StaleCache _cache;

    public IndexedDbFile(IndexedDbContent content, IndexedDbDatabase database, bool readOnly)
    {
        _content = content;
        _database = database;
        _lock = new FileLocks.Holder(content.Locks);
        _readOnly = readOnly;
        content.Add(this);
    }

    public long Length => _content.Length;

    public bool IsReserved => _lock.IsReserved;

    public int Read(Span<byte> destination, long offset)
    {
        CheckUsable();
        int count = _content.Read(destination, offset);
        _cache.Disguise(destination[..count], offset);
        return count;
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        CheckWritable();
        _content.Write(source, offset);
    }

    public void SetLength(long length)
    {
        CheckWritable();
        if (length != _content.Length)
            _content.SetLength(length);
    }

    /// <summary>Flushes nothing: transactions decide what is durable, not files.</summary>
    public void Flush() => CheckUsable();

    public void CommitPhaseTwo()
    {
        CheckUsable();
        _database.Commit();
    }

    public bool TryLock(LockLevel level)
    {
        CheckUsable();
        _content.ThrowIfBroken();
        bool mustWait = _lock.Level == LockLevel.None && _content.IsReverting || level >= LockLevel.Reserved && _database.IsBacklogged;
        return !mustWait && _lock.TryLock(level);
    }

    public void Unlock(LockLevel level)
    {
        _lock.Unlock(level);
        if (level == LockLevel.None)
            _doom = null;
    }

    /// <summary>Notes that a commit is undone. Every operation fails until the lock is released, if one is held.</summary>
    public void Doom(StorageException reason)
    {
        _cache.Mark();
        if (_lock.Level != LockLevel.None)
            _doom = reason;
    }

    public void Dispose()
    {
        _lock.Dispose();
        _content.Remove(this);
    }

    private void CheckUsable()
    {
        if (_doom is { } reason)
        {
            throw new StorageException(reason.Kind,
                $"A commit that this transaction saw could not be stored and was undone, so the transaction cannot go on: {reason.Message}", reason);
        }
    }

    private void CheckWritable()
    {
        CheckUsable();
        if (_readOnly)
            throw new StorageException(StorageErrorKind.ReadOnly, $"\"{_content.Path}\" was opened for reading only.");
    }
}
