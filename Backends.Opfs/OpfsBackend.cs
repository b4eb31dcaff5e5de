using System.Globalization;
using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.Opfs;

/// <summary>
/// Files under their own names in a directory of the <see href="https://fs.spec.whatwg.org/">origin private file system</see>, from a
/// dedicated worker. A database's access handles are opened when it is acquired and kept until it is released.
/// </summary>
internal sealed class OpfsBackend : IStorageBackend
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
        UndeletableWhenOpen = true,
    };

    public string Location => $"the directory \"{_directory}\" of this origin's private file system";

    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await JSHost.ImportAsync(OpfsInterop.Module, "../opfs.js", cancellationToken).ConfigureAwait(false);
            await OpfsInterop.InitializeAsync(_directory).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw OpfsErrors.Unavailable(e);
        }
    }

    public async ValueTask AcquireAsync(StoragePath database, CancellationToken cancellationToken)
    {
        if (!Databases.TryGetValue(database, out Task<OpfsDatabase>? opening))
            Databases.Add(database, opening = OpfsDatabase.OpenAsync(StoredName(database)));
        try
        {
            OpfsDatabase opened = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            _contents[database] = opened.Main;
            _contents[JournalOf(database)] = opened.Journal;
        }
        catch (StorageException) when (Databases.GetValueOrDefault(database) == opening)
        {
            Databases.Remove(database);
            throw;
        }
    }

    public async ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken)
    {
        if (!Databases.TryGetValue(database, out Task<OpfsDatabase>? opening))
            return;
        OpfsDatabase opened = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (opened.IsInUse)
            throw new StorageException(StorageErrorKind.Busy, $"\"{database}\" cannot be released while it is open.");
        opened.Flush();
        Databases.Remove(database);
        _contents.Remove(database);
        _contents.Remove(JournalOf(database));
        await RemoveAsync(opened.Close(StoredName(database))).ConfigureAwait(false);
    }

    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Databases.ContainsKey(database))
            Acquired(database).Flush();
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
        foreach ((StoragePath database, Task<OpfsDatabase> opening) in _databases)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!opening.IsCompletedSuccessfully)
                continue;
            opening.Result.Flush();
            await RemoveAsync(opening.Result.Close(StoredName(database))).ConfigureAwait(false);
        }
        _databases.Clear();
        _contents.Clear();
    }

    private Dictionary<StoragePath, Task<OpfsDatabase>> Databases => !_disposed
        ? _databases
        : throw new StorageException(StorageErrorKind.Unavailable, "The OPFS backend is already disposed.");

    private static StoragePath JournalOf(StoragePath database) => StoragePath.Parse(database.Value + DatabaseFiles.JournalSuffix);

    private string StoredName(StoragePath path) => $"{_directory}/{path}";

    private OpfsDatabase Acquired(StoragePath database) =>
        Databases.TryGetValue(database, out Task<OpfsDatabase>? opening) && opening.IsCompletedSuccessfully
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

    /// <summary>Reads a line of the listing. Of acquired files what SQLite sees counts, not the entry that their handle keeps.</summary>
    private StorageEntry? Entry(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        if (!StoragePath.TryParse(line[(space + 1)..], out StoragePath path))
            return null;
        StoragePath database = DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : path;
        if (Databases.TryGetValue(database, out Task<OpfsDatabase>? opening) && opening.IsCompletedSuccessfully)
            return Find(path) is { Exists: true } content ? new StorageEntry(path, content.Length) : null;
        return new StorageEntry(path, long.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture));
    }

    private static async Task RemoveAsync(IReadOnlyList<string> files)
    {
        foreach (string file in files)
        {
            try
            {
                await OpfsInterop.RemoveAsync(file).ConfigureAwait(false);
            }
            catch (JSException e)
            {
                throw OpfsErrors.Of(e, file);
            }
        }
    }
}
