namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// Collects adjacent writes to one file, because one large write costs a browser a fraction of many small ones. There is one run per
/// database, so that writes reach its files in the order in which SQLite made them, whatever flushing the app asked for.
/// </summary>
/// <param name="hasLog">Tells whether the database has a write-ahead log now.</param>
/// <param name="isAlone">Tells whether a connection has locked the database exclusively.</param>
internal sealed class WriteRun(Func<bool> hasLog, Func<bool> isAlone)
{
    private const int Capacity = 256 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(Capacity);
    private OpfsContent? _target;
    private long _start;
    private int _length;

    /// <summary>
    /// Gets or sets why writes that SQLite takes for done were lost, until the transaction that made them has ended. It cannot be committed:
    /// SQLite may undo only the statement that met the error, and commit the others without what was lost. Rolling back by a
    /// journal that lacks some would leave changed pages in a connection's cache; when reading the journal fails, SQLite drops the cache, and
    /// the next transaction rolls back by what is stored.
    /// </summary>
    public StorageException? Lost { get; set; }

    /// <summary>Gets whether the database has a write-ahead log now. Then only checkpoints write to the database itself.</summary>
    public bool HasLog => hasLog();

    /// <summary>Gets whether a connection has the database alone. With a log SQLite does not say then when a transaction is over.</summary>
    public bool IsAlone => isAlone();

    /// <summary>Refuses what needs all writes of a transaction, when some were lost.</summary>
    public void ThrowIfLost()
    {
        if (Lost is { } lost)
            throw new StorageException(lost.Kind, lost.Message, lost);
    }

    /// <summary>Adds a write. A run that it does not continue is passed on first.</summary>
    public void Write(OpfsContent target, ReadOnlySpan<byte> source, long offset)
    {
        if (!TryJoin(target, source, offset))
        {
            PassOn();
            if (source.Length > Capacity)
            {
                target.WriteThrough(source, offset);
                return;
            }
            _target = target;
            _start = offset;
            _length = 0;
            TryJoin(target, source, offset);
        }
    }

    /// <summary>Tells whether the run holds bytes of a range of a file.</summary>
    public bool Overlaps(OpfsContent target, long offset, int count) =>
        _target == target && offset < _start + _length && _start < offset + count;

    /// <summary>Tells whether the run holds bytes of a file.</summary>
    public bool Holds(OpfsContent target) => _target == target;

    /// <summary>
    /// Passes the run on to its file. A failure drops it: its transaction gets the error and rolls back. What a checkpoint has written is in the log
    /// too; whoever ends the checkpoint gets the error, and it is made again.
    /// </summary>
    public void PassOn() => PassOnOrDrop(keepsLost: true);

    /// <summary>Passes the run on, of which the last write alone gets the error.</summary>
    public void PassOnAlone() => PassOnOrDrop(keepsLost: false);

    /// <summary>Forgets everything, for files that were just opened.</summary>
    public void Clear()
    {
        _target = null;
        Lost = null;
    }

    /// <summary>Drops the run if it belongs to a file.</summary>
    public void Discard(OpfsContent target)
    {
        if (_target == target)
            _target = null;
    }

    private void PassOnOrDrop(bool keepsLost)
    {
        if (_target is not { } target)
            return;
        _target = null;
        try
        {
            target.WriteThrough(_buffer.AsSpan(0, _length), _start);
        }
        catch (StorageException e)
        {
            if (keepsLost && (!HasLog || target.Role == OpfsRole.Log))
                Lost = e;
            throw;
        }
    }

    private bool TryJoin(OpfsContent target, ReadOnlySpan<byte> source, long offset)
    {
        long at = offset - _start;
        if (_target != target || at < 0 || at > _length || at + source.Length > Capacity)
            return false;
        source.CopyTo(_buffer.AsSpan((int)at));
        _length = Math.Max(_length, (int)at + source.Length);
        return true;
    }
}
