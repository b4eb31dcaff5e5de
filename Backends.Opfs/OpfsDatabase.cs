namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// The files of one database: its own, its rollback journal, its write-ahead log, and the place for a super-journal. Their access handles are all
/// open or all closed.
/// </summary>
internal sealed class OpfsDatabase : IAcquiredDatabase
{
    /// <summary>How long it is taken for granted that the database is stored, in milliseconds: to ask takes as long as half a commit.</summary>
    private const long Granted = 1000;

    private readonly StoragePath _path;
    private readonly Dictionary<StoragePath, OpfsContent> _contents;
    private readonly WriteRun _run;
    private long _askedAt;
    private bool _wasDeleted;

    /// <param name="path">The database.</param>
    /// <param name="name">Its stored name, with the directory.</param>
    /// <param name="contents">Where database, journal and log are to be found, from the time they are opened until they are closed.</param>
    public OpfsDatabase(StoragePath path, string name, Dictionary<StoragePath, OpfsContent> contents)
    {
        _path = path;
        _contents = contents;
        _run = new WriteRun(hasLog: () => Log!.OpenFiles > 0, isAlone: () => Main!.Locks.IsExclusive);
        Main = new OpfsContent(new OpfsHandle(name), _run, OpfsRole.Database);
        Journal = new OpfsContent(new OpfsHandle(name + DatabaseFiles.JournalSuffix), _run, OpfsRole.Journal);
        Log = new OpfsContent(new OpfsHandle(name + DatabaseFiles.WriteAheadLogSuffix), _run, OpfsRole.Log);
        SuperJournal = new OpfsSuperJournal(new OpfsHandle(name + DatabaseFiles.SuperJournalMark), _run);
    }

    public OpfsContent Main { get; }

    public OpfsContent Journal { get; }

    public OpfsContent Log { get; }

    public OpfsSuperJournal SuperJournal { get; }

    /// <summary>Gets whether the handles are open.</summary>
    public bool IsAcquired { get; private set; }

    public bool IsInUse => Contents.Any(content => content.OpenFiles > 0);

    /// <summary>
    /// Gets the files in the order in which they are flushed: what a checkpoint moves from the log into the database is in one of them then, and a
    /// journal does not end before the database is stored.
    /// </summary>
    private OpfsContent[] Contents => [Log, Main, Journal, SuperJournal];

    /// <summary>
    /// Opens the handles, the database's own first: its holder owns all files, and nothing is created beside a database of another tab.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.NotFound"/>: it is in use, and was deleted meanwhile.</exception>
    public async Task OpenAsync()
    {
        _wasDeleted &= IsInUse;
        _run.Clear();
        bool hadContent = IsInUse && Main.Length > 0;
        if (hadContent)
            await ThrowIfDeletedAsync().ConfigureAwait(false);
        try
        {
            await Main.OpenAsync().ConfigureAwait(false);
            if (hadContent && Main.Length == 0)
            {
                // Another tab has found the deletion first, and left an empty entry.
                _wasDeleted = true;
                await ThrowIfDeletedAsync().ConfigureAwait(false);
            }
            await Task.WhenAll(Journal.OpenAsync(), Log.OpenAsync(), SuperJournal.OpenAsync()).ConfigureAwait(false);
            IsAcquired = true;
            _askedAt = Environment.TickCount64;
        }
        catch
        {
            CloseHandles();
            throw;
        }
        foreach ((StoragePath path, OpfsContent content) in Named())
            _contents[path] = content;
    }

    /// <summary>Makes what was committed durable, without touching an open transaction.</summary>
    public void FlushCommitted()
    {
        foreach (OpfsContent content in Contents)
            content.FlushPassedOn();
    }

    /// <summary>
    /// Checks, at most once a second, that the database is still stored: a browser that clears the data of a site deletes files that are open,
    /// and goes on to accept writes to them.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.NotFound"/>: it was deleted.</exception>
    public ValueTask CheckStoredAsync() =>
        Environment.TickCount64 - _askedAt < Granted ? ValueTask.CompletedTask : new(ThrowIfDeletedAsync());

    /// <summary>Flushes and closes the handles.</summary>
    public ValueTask SuspendAsync()
    {
        IsAcquired = false;
        try
        {
            foreach (OpfsContent content in Contents)
                content.FlushLast();
        }
        finally
        {
            CloseHandles();
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Flushes and closes the handles, and removes the entries that exist only because of them, the database's own last. The files of a
    /// suspended database may belong to another tab now and are left alone.
    /// </summary>
    public async ValueTask CloseAsync()
    {
        foreach ((StoragePath path, _) in Named())
            _contents.Remove(path);
        if (!IsAcquired)
            return;
        try
        {
            await SuspendAsync().ConfigureAwait(false);
        }
        finally
        {
            await Task.WhenAll(Journal.RemoveIfEmptyAsync(), Log.RemoveIfEmptyAsync(), SuperJournal.RemoveIfEmptyAsync()).ConfigureAwait(false);
            await Main.RemoveIfEmptyAsync().ConfigureAwait(false);
        }
    }

    private async Task ThrowIfDeletedAsync()
    {
        if (!_wasDeleted && !await Main.IsStoredAsync().ConfigureAwait(false))
        {
            _wasDeleted = true;
            foreach (OpfsContent content in IsAcquired ? Contents : [])
                await content.RestoreEntryAsync().ConfigureAwait(false);
        }
        if (_wasDeleted)
        {
            throw new StorageException(StorageErrorKind.NotFound,
                $"The database \"{_path}\" was deleted while it was open, perhaps with all data of this site. "
                + "Close it; then it can be created again.");
        }
        _askedAt = Environment.TickCount64;
    }

    /// <summary>Gets what is found by its path: not the journal and the log of a database whose name is so long that they cannot have one.</summary>
    private IEnumerable<(StoragePath Path, OpfsContent Content)> Named()
    {
        yield return (_path, Main);
        if (StoragePath.TryParse(_path.Value + DatabaseFiles.JournalSuffix, out StoragePath journal))
            yield return (journal, Journal);
        if (StoragePath.TryParse(_path.Value + DatabaseFiles.WriteAheadLogSuffix, out StoragePath log))
            yield return (log, Log);
    }

    private void CloseHandles()
    {
        foreach (OpfsContent content in Contents)
            content.Close();
    }
}
