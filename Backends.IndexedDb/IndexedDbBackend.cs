using System.Globalization;
using System.Runtime.InteropServices.JavaScript;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>
/// Databases as blocks in <see href="https://w3c.github.io/IndexedDB/">IndexedDB</see>, from a worker. An acquired one is mirrored in
/// memory. Nothing here keeps another tab from changing the stored blocks; a commit notices such a change and is refused.
/// </summary>
internal sealed class IndexedDbBackend : IStorageBackend, IDeferredCommits, ILeasedFiles
{
    private static int _lastLoad;

    private readonly string _name;
    private readonly IndexedDbOptions _options;
    private readonly TimeSpan _patience;
    private readonly ILogger _logger;
    private readonly AcquiredDatabases<IndexedDbDatabase> _databases;
    private CommitQueue? _queue;
    private int _store;
    private bool _disposed;

    /// <param name="directory">The directory of the options.</param>
    /// <param name="options">The backend's options.</param>
    /// <param name="patience">How long to wait for other tabs that keep IndexedDB from opening.</param>
    /// <param name="logger">Logs commits that could not be stored.</param>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/>: the directory breaks the rules for paths.</exception>
    public IndexedDbBackend(string directory, IndexedDbOptions options, TimeSpan patience, ILogger logger)
    {
        _name = IndexedDbStore.NameOf(directory);
        _options = options;
        _patience = patience;
        _logger = logger;
        _databases = new("IndexedDB", OpenAsync, RefreshAsync);
        Capabilities = new StorageCapabilities
        {
            Persistent = true,
            Durability = options.Durability == IndexedDbDurability.Strict ? StorageDurability.Full : StorageDurability.Relaxed,
            Sharing = StorageSharing.ByTurns,
            MaxFileLength = options.MaxDatabaseBytes,
        };
    }

    public event Action<StoragePath, StorageException>? CommitUndone;

    public StorageCapabilities Capabilities { get; }

    public string Location => $"the IndexedDB database \"{_name}\" of this origin";

    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        _store = await IndexedDbStore.OpenAsync(_name, _options.Durability, _patience, cancellationToken).ConfigureAwait(false);
        _queue = new CommitQueue(_store, _options.MaxUnflushedBytes, _logger, (path, reason) => CommitUndone?.Invoke(path, reason));
    }

    public ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) =>
        _databases.AcquireAsync(database, progress, cancellationToken);

    public ValueTask SuspendAsync(StoragePath database) => _databases.SuspendAsync(database);

    public ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken) =>
        _databases.ReleaseAsync(database, cancellationToken);

    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_databases.Find(database) is not { } opened)
            return ValueTask.CompletedTask;
        if (opened.IsAcquired)
            opened.CommitOutsideTransactions();
        return new ValueTask(Queue.FlushAsync(opened).WaitAsync(cancellationToken));
    }

    public ValueTask WaitAsync(StoragePath database, CancellationToken cancellationToken) => MustWait(database)
        ? new ValueTask(WaitUntilReadyAsync(database, cancellationToken))
        : ValueTask.CompletedTask;

    public async ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken)
    {
        _databases.ThrowIfDisposed();
        string stored;
        try
        {
            stored = await IndexedDbInterop.ListAsync(_store, at?.Value ?? "").WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw IndexedDbErrors.Of(e, _name);
        }
        return [.. stored.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(Entry)
            .Where(entry => _databases.Find(entry.Path) is not { IsAcquired: true })
            .Concat(_databases.Acquired.SelectMany(database => database.Contents)
                .Where(content => content.Exists && (at is not { } path || content.Path == path || IsBelow(content.Path, path)))
                .Select(content => new StorageEntry(content.Path, content.Length)))
            .OrderBy(entry => entry.Path.Value, StringComparer.Ordinal)];
    }

    public IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        IndexedDbDatabase database = _databases[OwnerOf(path)];
        IndexedDbContent? content = database.Find(path);
        if (mode == StorageOpenMode.Create && content is not { Exists: true })
        {
            content ??= CreateBeside(database, path);
            content.Create();
        }
        if (content is not { Exists: true })
            throw new StorageException(StorageErrorKind.NotFound, $"\"{path}\" does not exist.");
        return new IndexedDbFile(content, database, mode == StorageOpenMode.ReadOnly);
    }

    public long? GetLength(StoragePath path) => _databases[OwnerOf(path)].Find(path) is { Exists: true } content ? content.Length : null;

    public void Delete(StoragePath path, bool flush)
    {
        if (GetLength(path) is null)
            throw new StorageException(StorageErrorKind.NotFound, $"\"{path}\" does not exist.");
        _databases[OwnerOf(path)].Delete(path);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            await _databases.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (_queue is not null)
                IndexedDbInterop.Close(_store);
        }
    }

    private CommitQueue Queue => _queue ?? throw new StorageException(StorageErrorKind.Unavailable, "The IndexedDB backend is not initialised.");

    private static StoragePath OwnerOf(StoragePath path) => DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : path;

    private static StorageEntry Entry(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return new StorageEntry(StoragePath.Parse(line[(space + 1)..]), long.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture));
    }

    private async Task<IndexedDbDatabase> OpenAsync(StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        int file = 0;
        await LoadAsync(
            path,
            progress,
            async (id, onProgress) => file = await IndexedDbInterop.LoadAsync(
                _store, path.Value, id, _options.BlockSize, _options.MaxDatabaseBytes, onProgress).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfDirectory(path);
            return new IndexedDbDatabase(new IndexedDbContent(file, path, _options.MaxDatabaseBytes), Queue);
        }
        catch
        {
            IndexedDbInterop.Drop(file);
            throw;
        }
    }

    /// <summary>Updates the mirror to what another tab may have stored while it had the database.</summary>
    private async Task RefreshAsync(IndexedDbDatabase database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        await LoadAsync(
            database.Path,
            progress,
            (id, onProgress) => IndexedDbInterop.RefreshAsync(
                _store, database.Path.Value, id, database.Main.File, _options.BlockSize, _options.MaxDatabaseBytes, onProgress),
            cancellationToken).ConfigureAwait(false);
        database.Main.TakeUpStored();
        database.IsAcquired = true;
    }

    private static async Task LoadAsync(
        StoragePath path, IProgress<StorageProgress>? progress, Func<int, Action<double, double>, Task> load, CancellationToken cancellationToken)
    {
        int id = ++_lastLoad;
        using CancellationTokenRegistration registration = cancellationToken.Register(() => IndexedDbInterop.CancelLoad(id));
        try
        {
            await load(id, (completed, total) => progress?.Report(new StorageProgress(StorageStage.Loading, (long)completed, (long)total)))
                .ConfigureAwait(false);
        }
        catch (JSException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw IndexedDbErrors.Of(e, path.Value);
        }
    }

    /// <summary>Refuses a path that is a directory, or lies in a file, among files not stored yet. The scripts check the stored ones.</summary>
    private void ThrowIfDirectory(StoragePath path)
    {
        IEnumerable<StoragePath> files = _databases.Acquired.Select(database => database.Main).Where(main => main.Exists).Select(main => main.Path);
        foreach (StoragePath file in files)
        {
            if (IsBelow(file, path))
                throw new StorageException(StorageErrorKind.NotAFile, $"\"{path}\" is a directory.");
            if (IsBelow(path, file))
                throw new StorageException(StorageErrorKind.NotAFile, $"\"{file}\" is a file, so there cannot be \"{path}\".");
        }
    }

    private static bool IsBelow(StoragePath path, StoragePath directory) => path.Value.StartsWith(directory.Value + "/", StringComparison.Ordinal);

    private IndexedDbContent CreateBeside(IndexedDbDatabase database, StoragePath path) =>
        path.Value.EndsWith(DatabaseFiles.JournalSuffix, StringComparison.Ordinal) || DatabaseFiles.IsSuperJournal(path)
            ? database.CreateBeside(path, _options.BlockSize)
            : throw new StorageException(StorageErrorKind.Unavailable,
                $"\"{path}\" cannot be created: this backend keeps databases with rollback journals, no write-ahead logs.");

    private bool MustWait(StoragePath database) => Queue.IsFull || _databases.Find(database) is { IsAcquired: true, Main.IsReverting: true };

    private async Task WaitUntilReadyAsync(StoragePath database, CancellationToken cancellationToken)
    {
        while (MustWait(database))
            await Queue.WhenIdle().WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
