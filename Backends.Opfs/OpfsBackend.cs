using System.Globalization;
using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// Files under their own names in a directory of the <see href="https://fs.spec.whatwg.org/">origin private file system</see>, from a
/// dedicated worker. A database's access handles are opened when it is acquired and kept until it is suspended or released.
/// </summary>
internal sealed class OpfsBackend : IStorageBackend, ILinkedDatabases
{
    private readonly string _directory;
    private readonly AcquiredDatabases<OpfsDatabase> _databases;

    /// <summary>The acquired databases, their journals and logs by path: what SQLite asks for at every transaction.</summary>
    private readonly Dictionary<StoragePath, OpfsContent> _contents = [];

    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/>: the directory breaks the rules for paths.</exception>
    public OpfsBackend(string directory)
    {
        _directory = StoragePath.Parse(directory).Value;
        _databases = new("OPFS", (path, _, _) => OpenAsync(path), static (database, _, _) => database.OpenAsync());
    }

    public StorageCapabilities Capabilities { get; } = new()
    {
        Persistent = true,
        Durability = StorageDurability.Full,
        Sharing = StorageSharing.ByTurns,
        WriteAheadLog = true,
    };

    public string Location => $"the directory \"{_directory}\" of this origin's private file system";

    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpfsInterop.InitializeAsync(_directory).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Unavailable(e);
        }
    }

    public ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) =>
        _databases.AcquireAsync(database, progress, cancellationToken);

    public ValueTask SuspendAsync(StoragePath database) => _databases.SuspendAsync(database);

    public ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken) =>
        _databases.ReleaseAsync(database, cancellationToken);

    public IReadOnlyCollection<StoragePath> GetLinks(StoragePath database) => [.. SuperJournalLinks.PartnersOf(_databases[database])];

    public void ClearLinks(StoragePath database)
    {
        OpfsSuperJournal superJournal = _databases[database].SuperJournal;
        if (superJournal.Exists && !IsNeeded(superJournal))
            superJournal.Delete();
    }

    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_databases.Find(database) is not { IsAcquired: true } acquired)
            return ValueTask.CompletedTask;
        acquired.FlushCommitted();
        return acquired.CheckStoredAsync();
    }

    public async ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken)
    {
        _databases.ThrowIfDisposed();
        string stored;
        try
        {
            stored = await OpfsInterop.ListAsync(_directory, at?.Value ?? "").WaitAsync(cancellationToken).ConfigureAwait(false);
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

    public long? GetLength(StoragePath path) => Find(path) is { Exists: true } content ? content.Length : null;

    public void Delete(StoragePath path, bool flush)
    {
        if (Find(path) is not { Exists: true } content)
            throw new StorageException(StorageErrorKind.NotFound, $"\"{path}\" does not exist.");
        content.Delete();
    }

    public ValueTask DisposeAsync() => _databases.DisposeAsync();

    private async Task<OpfsDatabase> OpenAsync(StoragePath path)
    {
        var database = new OpfsDatabase(path, $"{_directory}/{path}", _contents);
        await database.OpenAsync().ConfigureAwait(false);
        return database;
    }

    /// <summary>Tells whether a journal still refers to a super-journal.</summary>
    private bool IsNeeded(OpfsSuperJournal superJournal) => SuperJournalLinks.JournalsOf(superJournal)
        .Any(path => _contents.TryGetValue(path, out OpfsContent? journal) && SuperJournalLinks.NameIn(journal)?.Value == superJournal.Name);

    /// <summary>Finds the content of a path in an acquired database; <see langword="null"/> when there is no such file.</summary>
    private OpfsContent? Find(StoragePath path)
    {
        if (_contents.TryGetValue(path, out OpfsContent? content))
            return content;
        OpfsDatabase database = _databases[DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : path];
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
                $"\"{path}\" cannot be created: its name is too long, or not that of a file that SQLite keeps beside a database.");
        }
        OpfsSuperJournal superJournal = _databases[owner].SuperJournal;
        if (superJournal.Exists)
            throw new StorageException(StorageErrorKind.Busy, $"Another transaction over several databases uses the super-journal of \"{owner}\".");
        superJournal.Begin(path);
        return superJournal;
    }

    /// <summary>
    /// Reads a line of the listing. An acquired file is listed as SQLite sees it: its entry may be there only because of its open handle.
    /// Any other file exists if it is not empty.
    /// </summary>
    private StorageEntry? Entry(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        if (!StoragePath.TryParse(line[(space + 1)..], out StoragePath path))
            return null;
        StoragePath database = DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : path;
        if (_databases.Find(database) is { IsAcquired: true })
            return Find(path) is { Exists: true } content ? new StorageEntry(path, content.Length) : null;
        long length = long.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture);
        return length > 0 ? new StorageEntry(path, length) : null;
    }
}
