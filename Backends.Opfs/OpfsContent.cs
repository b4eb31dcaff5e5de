namespace Isar.Storage.Backends.Opfs;

/// <summary>The content of one stored file, shared by all its open files. A worker has one thread, so nothing here is locked.</summary>
internal class OpfsContent
{
    private readonly OpfsHandle _handle;
    private readonly WriteRun _run;
    private readonly ReadAhead _ahead;
    private readonly int _origin;
    private long _storedLength;
    private bool _unflushed;

    /// <param name="handle">The access handle, not open yet.</param>
    /// <param name="run">The writes of the database that this file belongs to.</param>
    /// <param name="origin">Where the content begins in the stored file.</param>
    /// <param name="role">What the file is to the database.</param>
    public OpfsContent(OpfsHandle handle, WriteRun run, OpfsRole role, int origin = 0)
    {
        _handle = handle;
        _run = run;
        _ahead = new ReadAhead(handle);
        _origin = origin;
        Role = role;
    }

    /// <summary>
    /// Gets or sets whether the file exists for SQLite; its entry in OPFS exists as long as the access handle. A file that was left empty does
    /// not exist when it is acquired again: it cannot be told from an entry that only a handle made.
    /// </summary>
    public bool Exists { get; set; }

    /// <summary>Gets the length in bytes with what is still in the run, kept here because asking the browser is slow.</summary>
    public long Length { get; private set; }

    /// <summary>Gets the number of the access handle, if what is stored is all that was written; else <see langword="null"/>.</summary>
    public int? StoredFile => Role is not (OpfsRole.Database or OpfsRole.Log) || Length != _storedLength || _run.Holds(this) ? null : _handle.Number;

    /// <summary>Gets what the file is to the database.</summary>
    public OpfsRole Role { get; }

    public FileLocks Locks { get; } = new();

    public int OpenFiles { get; set; }

    /// <summary>Opens the stored file, which another tab may have changed completely.</summary>
    public async Task OpenAsync()
    {
        await _handle.OpenAsync().ConfigureAwait(false);
        try
        {
            Load();
        }
        catch
        {
            _handle.Close();
            throw;
        }
    }

    /// <summary>Tells whether the file is stored, for other programs to see.</summary>
    public Task<bool> IsStoredAsync() => _handle.IsStoredAsync();

    /// <summary>Makes an entry for the stored file, which was deleted, so that it can be closed.</summary>
    public Task RestoreEntryAsync() => _handle.RestoreEntryAsync();

    /// <summary>Closes the stored file.</summary>
    public void Close() => _handle.Close();

    /// <summary>Removes the entry of the stored file, which is closed, if it is there only because the file was open.</summary>
    public Task RemoveIfEmptyAsync() => !Exists || Length == 0 ? _handle.RemoveAsync() : Task.CompletedTask;

    public int Read(Span<byte> destination, long offset)
    {
        ThrowIfLost();
        int count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        if (count == 0)
            return 0;
        if (offset + count > _storedLength || _run.Overlaps(this, offset, count))
            _run.PassOn();
        _ahead.Read(destination[..count], _origin + offset, _origin + _storedLength);
        return count;
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        // With a log no flush need come before the commit, which is one of its frames.
        if (Role == OpfsRole.Log)
            _run.ThrowIfLost();
        _run.Write(this, source, offset);
        if (Role == OpfsRole.Log && _run.IsAlone)
            _run.PassOnAlone();
        Exists = true;
        Length = Math.Max(Length, offset + source.Length);
    }

    public void SetLength(long length)
    {
        // Also for a checkpoint, which ends with it and may flush nothing.
        _run.PassOn();
        if (length == Length)
            return;
        _ahead.Invalidate(0, long.MaxValue);
        _unflushed = true;
        _handle.Truncate(_origin + length);
        Length = _storedLength = length;
    }

    /// <summary>Refuses to say what is in a journal from which writes were lost.</summary>
    public void ThrowIfLost()
    {
        if (Role == OpfsRole.Journal)
            _run.ThrowIfLost();
    }

    public void PassOnWrites()
    {
        _run.ThrowIfLost();
        _run.PassOn();
    }

    /// <summary>Tells that the transaction that has written is over. One that has written to a log is ended by <see cref="EndLogWrites"/>.</summary>
    public void EndWriting()
    {
        if (!_run.HasLog)
            _run.Lost = null;
    }

    /// <summary>Tells that a transaction that has written to the log, or a checkpoint, is over, and passes its last writes on.</summary>
    /// <returns>Why writes were lost, or <see langword="null"/>.</returns>
    public StorageException? EndLogWrites(bool isCheckpoint)
    {
        StorageException? failure = isCheckpoint ? null : _run.Lost;
        try
        {
            _run.PassOn();
        }
        catch (StorageException e)
        {
            failure = e;
        }
        // What a transaction of another connection has lost is that one's until it ends.
        if (!isCheckpoint)
            _run.Lost = null;
        return failure;
    }

    public void Flush()
    {
        PassOnWrites();
        FlushPassedOn();
    }

    /// <summary>Stores what can be stored before the file is closed; no transaction goes on.</summary>
    public void FlushLast()
    {
        _run.PassOn();
        FlushPassedOn();
    }

    /// <summary>
    /// Flushes what was passed on, but not the run: it belongs to an open transaction, which must itself get the error of a write that
    /// fails.
    /// </summary>
    public void FlushPassedOn()
    {
        if (!_unflushed)
            return;
        _handle.Flush();
        _unflushed = false;
    }

    /// <summary>Makes the file absent and empty. Flushed at once: that is what makes the end of a transaction durable.</summary>
    public virtual void Delete()
    {
        _run.Discard(this);
        _run.PassOn();
        _ahead.Invalidate(0, long.MaxValue);
        _handle.Truncate(0);
        _handle.Flush();
        _unflushed = false;
        Length = _storedLength = 0;
        Exists = false;
    }

    /// <summary>Writes to the stored file, for <see cref="WriteRun"/>.</summary>
    public void WriteThrough(ReadOnlySpan<byte> source, long offset)
    {
        long start = _origin + offset;
        _ahead.Invalidate(start, start + source.Length);
        _unflushed = true;
        try
        {
            _handle.Write(source, start);
            _storedLength = Math.Max(_storedLength, offset + source.Length);
        }
        catch (StorageException)
        {
            Length = ReadLength();
            throw;
        }
    }

    /// <summary>Reads the state of the stored file, which was just opened.</summary>
    protected virtual void Load()
    {
        _ahead.Invalidate(0, long.MaxValue);
        _unflushed = false;
        Length = ReadLength();
        Exists = Length > 0;
    }

    private long ReadLength() => _storedLength = Math.Max(0, _handle.GetSize() - _origin);
}
