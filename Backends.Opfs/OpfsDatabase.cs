namespace Isar.Storage.Backends.Opfs;

/// <summary>The open access handles of one database: its own file, its rollback journal, and the place for a super-journal.</summary>
internal sealed class OpfsDatabase
{
    private readonly string _name;

    private OpfsDatabase(string name, OpfsHandle main, OpfsHandle journal, OpfsHandle superJournal)
    {
        _name = name;
        var run = new WriteRun();
        Main = new OpfsContent(main, run);
        Journal = new OpfsContent(journal, run);
        SuperJournal = new OpfsSuperJournal(superJournal, run);
    }

    public OpfsContent Main { get; }

    public OpfsContent Journal { get; }

    public OpfsSuperJournal SuperJournal { get; }

    public bool IsInUse => Contents.Any(content => content.OpenFiles > 0);

    private OpfsContent[] Contents => [Main, Journal, SuperJournal];

    /// <summary>
    /// Opens the handles. The database's own comes first: who holds it holds all, and nothing is created beside a file of somebody else.
    /// </summary>
    /// <param name="name">The stored name, with the directory.</param>
    public static async Task<OpfsDatabase> OpenAsync(string name)
    {
        List<OpfsHandle> opened = [];
        try
        {
            OpfsHandle main = await OpenAsync("").ConfigureAwait(false);
            OpfsHandle[] beside = await Task.WhenAll(
                OpenAsync(DatabaseFiles.JournalSuffix), OpenAsync(DatabaseFiles.SuperJournalMark)).ConfigureAwait(false);
            return new OpfsDatabase(name, main, beside[0], beside[1]);
        }
        catch
        {
            opened.ForEach(handle => handle.Close());
            throw;
        }

        async Task<OpfsHandle> OpenAsync(string suffix)
        {
            OpfsHandle handle = await OpfsHandle.OpenAsync(name + suffix).ConfigureAwait(false);
            opened.Add(handle);
            return handle;
        }
    }

    /// <summary>Makes what was committed durable, without touching a transaction that is going on.</summary>
    public void FlushCommitted()
    {
        foreach (OpfsContent content in Contents)
            content.FlushPassedOn();
    }

    /// <summary>Flushes, closes the handles and removes the entries that were only there because of them; the database's own last.</summary>
    public async Task CloseAsync()
    {
        try
        {
            foreach (OpfsContent content in Contents)
                content.Flush();
        }
        finally
        {
            await Task.WhenAll(
                CloseAsync(Journal, DatabaseFiles.JournalSuffix),
                CloseAsync(SuperJournal, DatabaseFiles.SuperJournalMark)).ConfigureAwait(false);
            await CloseAsync(Main, "").ConfigureAwait(false);
        }
    }

    private async Task CloseAsync(OpfsContent content, string suffix)
    {
        content.Dispose();
        if (!content.Exists || content.Length == 0)
            await OpfsHandle.RemoveAsync(_name + suffix).ConfigureAwait(false);
    }
}
