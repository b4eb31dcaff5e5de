namespace Isar.Storage.Backends.Opfs;

/// <summary>The open access handles of one database: its own file, its rollback journal, and the place for a super-journal.</summary>
internal sealed class OpfsDatabase
{
    private OpfsDatabase(OpfsContent main, OpfsContent journal, OpfsSuperJournal superJournal)
    {
        Main = main;
        Journal = journal;
        SuperJournal = superJournal;
    }

    public OpfsContent Main { get; }

    public OpfsContent Journal { get; }

    public OpfsSuperJournal SuperJournal { get; }

    private IEnumerable<OpfsContent> Contents => [Main, Journal, SuperJournal];

    /// <summary>
    /// Opens the handles. The database's own comes first: who holds it holds all, and nothing is created beside a file of somebody else.
    /// </summary>
    public static async Task<OpfsDatabase> OpenAsync(string path)
    {
        List<OpfsHandle> opened = [];
        try
        {
            (OpfsHandle main, bool existed) = await OpenAsync(path).ConfigureAwait(false);
            Task<(OpfsHandle Handle, bool)> journal = OpenAsync(path + DatabaseFiles.JournalSuffix);
            Task<(OpfsHandle Handle, bool)> superJournal = OpenAsync(path + DatabaseFiles.SuperJournalMark);
            await Task.WhenAll(journal, superJournal).ConfigureAwait(false);

            var run = new WriteRun();
            var database = new OpfsDatabase(
                new OpfsContent(main, run), new OpfsContent(journal.Result.Handle, run), new OpfsSuperJournal(superJournal.Result.Handle, run));
            database.Main.Exists = existed;
            database.Journal.Exists = database.Journal.Length > 0;
            return database;
        }
        catch
        {
            opened.ForEach(handle => handle.Close());
            throw;
        }

        async Task<(OpfsHandle Handle, bool Existed)> OpenAsync(string file)
        {
            (OpfsHandle Handle, bool Existed) result = await OpfsHandle.OpenAsync(file).ConfigureAwait(false);
            opened.Add(result.Handle);
            return result;
        }
    }

    public bool IsInUse => Contents.Any(content => content.OpenFiles > 0);

    public void Flush()
    {
        foreach (OpfsContent content in Contents)
            content.Flush();
    }

    /// <summary>Closes the handles and says which of the files are only there because the handles were.</summary>
    public IReadOnlyList<string> Close(string path)
    {
        List<string> leftovers = [];
        if (!Main.Exists)
            leftovers.Add(path);
        if (!Journal.Exists || Journal.Length == 0)
            leftovers.Add(path + DatabaseFiles.JournalSuffix);
        if (!SuperJournal.Exists)
            leftovers.Add(path + DatabaseFiles.SuperJournalMark);
        foreach (OpfsContent content in Contents)
            content.Dispose();
        return leftovers;
    }
}
