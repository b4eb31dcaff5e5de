namespace Isar.Storage.Backends.Opfs;

/// <summary>The files of one database: its own, its rollback journal, and the place for a super-journal; their access handles are open or all closed.</summary>
internal sealed class OpfsDatabase
{
    /// <param name="name">The stored name, with the directory.</param>
    public OpfsDatabase(string name)
    {
        var run = new WriteRun();
        Main = new OpfsContent(new OpfsHandle(name), run);
        Journal = new OpfsContent(new OpfsHandle(name + DatabaseFiles.JournalSuffix), run);
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
    /// Opens the handles. The database's own comes first: who holds it holds all, and nothing is created beside a file of somebody else.
    /// </summary>
    public async Task OpenAsync()
    {
        try
        {
            await Main.OpenAsync().ConfigureAwait(false);
            await Task.WhenAll(Journal.OpenAsync(), SuperJournal.OpenAsync()).ConfigureAwait(false);
            IsAcquired = true;
        }
        catch
        {
            CloseHandles();
            throw;
        }
    }

    /// <summary>Makes what was committed durable, without touching a transaction that is going on.</summary>
    public void FlushCommitted()
    {
        foreach (OpfsContent content in Contents)
            content.FlushPassedOn();
    }

    /// <summary>Flushes and closes the handles.</summary>
    public void Suspend()
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
    }

    /// <summary>Does the same, and removes the entries that were only there because of the handles; the database's own last.</summary>
    public async Task CloseAsync()
    {
        try
        {
            Suspend();
        }
        finally
        {
            await Task.WhenAll(Journal.RemoveIfEmptyAsync(), SuperJournal.RemoveIfEmptyAsync()).ConfigureAwait(false);
            await Main.RemoveIfEmptyAsync().ConfigureAwait(false);
        }
    }

    private void CloseHandles()
    {
        foreach (OpfsContent content in Contents)
            content.Close();
    }
}
