using System.Globalization;
using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// Files under their own names in a directory of the <see href="https://fs.spec.whatwg.org/">origin private file system</see>, from a
/// dedicated worker. A database's access handles are opened when it is acquired and kept until it is suspended or released.
/// </summary>
internal sealed class OpfsBackend : IStorageBackend, ISuspendable, ILinkedDatabases
{
    private readonly string _directory;
    private readonly Dictionary<StoragePath, Task<OpfsDatabase>> _databases = [];

    /// <summary>The acquired databases and their journals by path: what SQLite asks for at every transaction.</summary>
    private readonly Dictionary<StoragePath, OpfsContent> _contents = [];

    private bool _disposed;

    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/>: the directory breaks the rules for paths.</exception>
    public OpfsBackend(string directory) => _directory = StoragePath.Parse(directory).Value;

    public StorageCapabilities Capabilities { get; } = new()
    {
        Persistent = true,
        Flush = FlushGuarantee.Full,
        Sharing = StorageSharing.OneProcess,
    };

    public string Location => $"the directory \"{_directory}\" of this origin's private file system";

    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await JSHost.ImportAsync(OpfsInterop.Module, "../opfs.js", cancellationToken).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw new StorageException(StorageErrorKind.Unavailable,
                $"The script opfs.js, which belongs beside the worker's, could not be loaded: {e.Message}", e);
        }
        try
        {
            await OpfsInterop.InitializeAsync(_directory).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Unavailable(e);
        }
    }

    public async ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        OpfsDatabase opened = await OpenOnceAsync(database, cancellationToken).ConfigureAwait(false);
        if (!opened.IsAcquired)
            await opened.OpenAsync().ConfigureAwait(false);
    }

    public async ValueTask SuspendAsync(StoragePath database)
    {
        if (!Databases.TryGetValue(database, out Task<OpfsDatabase>? opening))
            return;
        // Who began to open it may have given up, but the handles come all the same.
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (IsAcquired(opening))
            opening.Result.Suspend();
    }

    public IReadOnlyCollection<StoragePath> GetLinks(StoragePath database) => [.. SuperJournalLinks.PartnersOf(Acquired(database))];

    public void ClearLinks(StoragePath database)
    {
        OpfsSuperJournal superJournal = Acquired(database).SuperJournal;
        if (superJournal.Exists && !IsNeeded(superJournal))
            superJournal.Delete();
    }

    public async ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken)
    {
        if (!Databases.TryGetValue(database, out Task<OpfsDatabase>? opening))
            return;
        await ((Task)opening).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        // What could not be opened holds nothing; who asked for it was told.
        if (!opening.IsCompletedSuccessfully)
            return;
        OpfsDatabase opened = opening.Result;
        if (opened.IsInUse)
            throw new StorageException(StorageErrorKind.Busy, $"\"{database}\" cannot be released while it is open.");
        Databases.Remove(database);
        _contents.Remove(database);
        if (TryGetJournal(database, out StoragePath journal))
            _contents.Remove(journal);
        // What was suspended may be somebody else's now.
        if (opened.IsAcquired)
            await opened.CloseAsync().ConfigureAwait(false);
    }

    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Databases.TryGetValue(database, out Task<OpfsDatabase>? opening) && IsAcquired(opening))
            opening.Result.FlushCommitted();
        return ValueTask.CompletedTask;
    }

    public async ValueTask<IReadOnlyList<StorageEntry>> ListAsync(CancellationToken cancellationToken)
    {
        _ = Databases;
        string stored;
        try
        {
            stored = await OpfsInterop.ListAsync(_directory).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Of(e, _directory);
        }
        return [.. stored.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(Entry)
            .OfType<StorageEntry>()
            .OrderBy(entry => entry.Path.Value, StringComparer.Ordinal)];
    }

    public IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        OpfsContent? content = Find(path);
        if (mode == StorageOpenMode.Create && content is not { Exists: true })
            content = Create(path);
        if (content is not { Exists: true })
            throw new StorageException(StorageErrorKind.NotFound, $"\"{path}\" does not exist.");
        return new OpfsFile(content, path, mode == StorageOpenMode.ReadOnly);
    }

    public bool Exists(StoragePath path) => Find(path) is { Exists: true };

    public void Delete(StoragePath path, bool flush)
    {
        if (Find(path) is not { Exists: true } content)
            throw new StorageException(StorageErrorKind.NotFound, $"\"{path}\" does not exist.");
        content.Delete();
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        Task<OpfsDatabase>[] openings = [.. _databases.Values];
        _databases.Clear();
        _contents.Clear();
        await Task.WhenAll(openings.Select(CloseAsync)).ConfigureAwait(false);
    }

    private static async Task CloseAsync(Task<OpfsDatabase> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (IsAcquired(opening))
            await opening.Result.CloseAsync().ConfigureAwait(false);
    }

    private static bool IsAcquired(Task<OpfsDatabase> opening) => opening is { IsCompletedSuccessfully: true, Result.IsAcquired: true };

    private Dictionary<StoragePath, Task<OpfsDatabase>> Databases => !_disposed
        ? _databases
        : throw new StorageException(StorageErrorKind.Unavailable, "The OPFS backend is already disposed.");

    /// <summary>Gets a database's journal; <see langword="false"/> for a name so long that it cannot have one.</summary>
    private static bool TryGetJournal(StoragePath database, out StoragePath journal) =>
        StoragePath.TryParse(database.Value + DatabaseFiles.JournalSuffix, out journal);

    private string StoredName(StoragePath path) => $"{_directory}/{path}";

    /// <summary>Opens a database's handles, once for all who ask at the same time.</summary>
    private async Task<OpfsDatabase> OpenOnceAsync(StoragePath database, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!Databases.TryGetValue(database, out Task<OpfsDatabase>? opening) || opening is { IsCompleted: true, IsCompletedSuccessfully: false })
                Databases[database] = opening = OpenAsync(database);
            OpfsDatabase opened = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            // Somebody may have released it before we had our turn.
            if (Databases.GetValueOrDefault(database) == opening)
                return opened;
        }
    }

    private async Task<OpfsDatabase> OpenAsync(StoragePath database)
    {
        var opened = new OpfsDatabase(StoredName(database));
        await opened.OpenAsync().ConfigureAwait(false);
        _contents[database] = opened.Main;
        if (TryGetJournal(database, out StoragePath journal))
            _contents[journal] = opened.Journal;
        return opened;
    }

    /// <summary>Tells whether a journal still refers to a super-journal.</summary>
    private bool IsNeeded(OpfsSuperJournal superJournal) => SuperJournalLinks.JournalsOf(superJournal)
        .Any(path => _contents.TryGetValue(path, out OpfsContent? journal) && SuperJournalLinks.NameIn(journal) == superJournal.Name);

    private OpfsDatabase Acquired(StoragePath database) =>
        Databases.TryGetValue(database, out Task<OpfsDatabase>? opening) && IsAcquired(opening)
            ? opening.Result
            : throw new StorageException(StorageErrorKind.Unavailable,
                $"The files of \"{database}\" are not acquired: open it with OpenAsync, or await PrepareAsync before opening it otherwise.");

    /// <summary>Finds what a path holds; <see langword="null"/> for a file that this backend does not keep now.</summary>
    private OpfsContent? Find(StoragePath path)
    {
        if (_contents.TryGetValue(path, out OpfsContent? content))
            return content;
        OpfsDatabase database = Acquired(DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : path);
        return database.SuperJournal.Name == path.Value ? database.SuperJournal : null;
    }

    private OpfsContent Create(StoragePath path)
    {
        if (Find(path) is { } content)
        {
            content.Exists = true;
            return content;
        }
        if (!DatabaseFiles.IsSuperJournal(path) || !DatabaseFiles.TryGetDatabase(path, out StoragePath owner))
        {
            throw new StorageException(StorageErrorKind.Unavailable,
                $"\"{path}\" cannot be created: this backend keeps databases with rollback journals, no write-ahead logs.");
        }
        OpfsSuperJournal superJournal = Acquired(owner).SuperJournal;
        if (superJournal.Exists)
            throw new StorageException(StorageErrorKind.Busy, $"Another transaction over several databases uses the super-journal of \"{owner}\".");
        superJournal.Begin(path);
        return superJournal;
    }

    /// <summary>Reads a line of the listing. Of acquired files what SQLite sees counts, not the entry that their handle keeps; others exist when they hold something.</summary>
    private StorageEntry? Entry(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        if (!StoragePath.TryParse(line[(space + 1)..], out StoragePath path))
            return null;
        StoragePath database = DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : path;
        if (Databases.TryGetValue(database, out Task<OpfsDatabase>? opening) && IsAcquired(opening))
            return Find(path) is { Exists: true } content ? new StorageEntry(path, content.Length) : null;
        long length = long.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture);
        return length > 0 ? new StorageEntry(path, length) : null;
    }
}
