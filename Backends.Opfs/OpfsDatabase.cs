namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// The files of one database: its own, its rollback journal, and the place for a super-journal. Their access handles are all open or all closed.
/// </summary>
internal sealed class OpfsDatabase : IAcquiredDatabase
{
    /// <summary>How long it is taken for granted that the database is stored, in milliseconds: to ask takes as long as half a commit.</summary>
    private const long Granted = 1000;

    private readonly StoragePath _path;
    private readonly Dictionary<StoragePath, OpfsContent> _contents;
    private long _askedAt;
    private bool _wasDeleted;

    /// <param name="path">The database.</param>
    /// <param name="name">Its stored name, with the directory.</param>
    /// <param name="contents">Where the database and its journal are to be found, from the time they are opened until they are closed.</param>
    public OpfsDatabase(StoragePath path, string name, Dictionary<StoragePath, OpfsContent> contents)
    {
        _path = path;
        _contents = contents;
        var run = new WriteRun();
        Main = new OpfsContent(new OpfsHandle(name), run);
        Journal = new OpfsContent(new OpfsHandle(name + DatabaseFiles.JournalSuffix), run, isJournal: true);
        SuperJournal = new OpfsSuperJournal(new OpfsHandle(name + DatabaseFiles.SuperJournalMark), run);
    }

    public OpfsContent Main { get; }

    public OpfsContent Journal { get; }

    public OpfsSuperJournal SuperJournal { get; }

    /// <summary>Gets whether the handles are open.</summary>
    public bool IsAcquired { get; private set; }

    public bool IsInUse => Contents.Any(content => content.OpenFiles > 0);

    private OpfsContent[] Contents => [Main, Journal, SuperJournal];

    /// <summary>
    /// Opens the handles, the database's own first: its holder owns all files, and nothing is created beside a database of another tab.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.NotFound"/>: it is in use, and was deleted meanwhile.</exception>
    public async Task OpenAsync()
    {
        _wasDeleted &= IsInUse;
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
            await Task.WhenAll(Journal.OpenAsync(), SuperJournal.OpenAsync()).ConfigureAwait(false);
            IsAcquired = true;
            _askedAt = Environment.TickCount64;
        }
        catch
        {
            CloseHandles();
            throw;
        }
        _contents[_path] = Main;
        if (TryGetJournal(out StoragePath journal))
            _contents[journal] = Journal;
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
                content.Flush();
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
        _contents.Remove(_path);
        if (TryGetJournal(out StoragePath journal))
            _contents.Remove(journal);
        if (!IsAcquired)
            return;
        try
        {
            await SuspendAsync().ConfigureAwait(false);
        }
        finally
        {
            await Task.WhenAll(Journal.RemoveIfEmptyAsync(), SuperJournal.RemoveIfEmptyAsync()).ConfigureAwait(false);
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

    /// <summary>Gets the path of the journal; <see langword="false"/> for a name so long that it cannot have one.</summary>
    private bool TryGetJournal(out StoragePath journal) => StoragePath.TryParse(_path.Value + DatabaseFiles.JournalSuffix, out journal);

    private void CloseHandles()
    {
        foreach (OpfsContent content in Contents)
            content.Close();
    }
}
