using System.Runtime.InteropServices.JavaScript;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>
/// Stores commits, in their order, one IndexedDB transaction at a time. Commits that are made while one is being stored wait and are stored
/// together, so a transaction over several attached databases is stored as a whole too.
/// </summary>
/// <param name="store">The scripts' number of the IndexedDB database.</param>
/// <param name="limit">How many bytes may wait before more is refused.</param>
/// <param name="logger">Logs commits that could not be stored.</param>
internal sealed class CommitQueue(int store, long limit, ILogger logger)
{
    private Batch? _next;
    private Batch? _current;

    /// <summary>Databases that committed without a pause between them: perhaps in one transaction over attached databases.</summary>
    private HashSet<IndexedDbDatabase>? _together;

    private Task _storing = Task.CompletedTask;

    /// <summary>Gets whether the bytes that wait have reached the limit.</summary>
    public bool IsFull => (_current?.Bytes ?? 0) + (_next?.Bytes ?? 0) >= limit;

    /// <summary>Adds a commit. Storing it begins when the code that runs now has ended, or with <see cref="FlushAsync"/>.</summary>
    /// <param name="database">The database.</param>
    /// <param name="bytes">The bytes of the database that wait now.</param>
    public void Add(IndexedDbDatabase database, long bytes)
    {
        if (_next is null)
        {
            _next = new Batch();
            _ = StartSoonAsync();
        }
        _next.Add(database, bytes);
        if (_together is null)
        {
            _together = [];
            _ = EndTogetherAsync();
        }
        _together.Add(database);
        _next.Link(_together);
    }

    /// <summary>Completes when every commit of a database is stored.</summary>
    /// <exception cref="StorageException">A commit could not be stored and was undone.</exception>
    public Task FlushAsync(IndexedDbDatabase database)
    {
        Start();
        if (database.UnreportedFailure is { } failure)
        {
            database.UnreportedFailure = null;
            return Task.FromException(failure);
        }
        return _next?.WhenStored(database) ?? _current?.WhenStored(database) ?? Task.CompletedTask;
    }

    /// <summary>Completes when every commit of a database is stored or undone. Never fails: <see cref="FlushAsync"/> reports failures.</summary>
    public async Task WhenSettled(IndexedDbDatabase database)
    {
        Start();
        if (_next?.WhenSettled(database) is { } next)
            await next.ConfigureAwait(false);
        if (_current?.WhenSettled(database) is { } current)
            await current.ConfigureAwait(false);
    }

    /// <summary>Completes when no commit waits any more. Never fails.</summary>
    public Task WhenIdle()
    {
        Start();
        return _storing;
    }

    /// <summary>SQLite commits to attached databases in one call, so nothing else runs between their commits.</summary>
    private async Task EndTogetherAsync()
    {
        await Task.Yield();
        _together = null;
    }

    private async Task StartSoonAsync()
    {
        await Task.Yield();
        Start();
    }

    private void Start()
    {
        if (_storing.IsCompleted && _next is not null)
            _storing = StoreAsync();
    }

    private async Task StoreAsync()
    {
        while (_next is { } batch)
        {
            _current = batch;
            _next = null;
            IndexedDbDatabase[] databases = [.. batch.Databases];
            try
            {
                await IndexedDbInterop.SaveAsync(
                    store, [.. databases.Select(database => database.Path.Value)], [.. databases.Select(database => database.Main.File)])
                    .ConfigureAwait(false);
                batch.Complete();
            }
            catch (JSException e)
            {
                await UndoAsync(batch, databases, e).ConfigureAwait(false);
            }
            _current = null;
        }
    }

    private async Task UndoAsync(Batch batch, IndexedDbDatabase[] databases, JSException failure)
    {
        // What waits may be a transaction over one of these and other databases, which is then undone in all of them.
        List<(IndexedDbDatabase, StorageException)> undone =
        [
            .. (_next?.LinkedTo(databases) ?? [.. databases])
                .Select(database => (database, IndexedDbErrors.Of(failure, database.Path.Value))),
        ];
        // All before the first wait, so that nothing more is committed to one of them.
        foreach ((IndexedDbDatabase database, StorageException reason) in undone)
            database.Main.BeginRevert(reason);
        foreach ((IndexedDbDatabase database, StorageException reason) in undone)
        {
            logger.CommitUndone(database.Path.Value, reason);
            await database.RevertAsync(store, reason).ConfigureAwait(false);
            bool isReported = batch.Fail(database, reason);
            isReported |= _next?.Fail(database, reason) ?? false;
            if (!isReported)
                database.UnreportedFailure = reason;
        }
        if (_next is { IsEmpty: true })
            _next = null;
    }

    /// <summary>Commits that are stored together.</summary>
    private sealed class Batch
    {
        private readonly Dictionary<IndexedDbDatabase, Entry> _entries = [];
        private readonly HashSet<HashSet<IndexedDbDatabase>> _links = [];

        public IEnumerable<IndexedDbDatabase> Databases => _entries.Keys;

        public long Bytes { get; private set; }

        public bool IsEmpty => _entries.Count == 0;

        public void Add(IndexedDbDatabase database, long bytes)
        {
            if (!_entries.TryGetValue(database, out Entry? entry))
                _entries.Add(database, entry = new Entry());
            Bytes += bytes - entry.Bytes;
            entry.Bytes = bytes;
        }

        /// <summary>Notes that databases are stored together or not at all.</summary>
        public void Link(HashSet<IndexedDbDatabase> databases) => _links.Add(databases);

        /// <summary>Gets databases and all that are linked to them, also through others.</summary>
        public List<IndexedDbDatabase> LinkedTo(IEnumerable<IndexedDbDatabase> databases)
        {
            var result = new HashSet<IndexedDbDatabase>(databases);
            int before;
            do
            {
                before = result.Count;
                foreach (HashSet<IndexedDbDatabase> link in _links.Where(result.Overlaps))
                    result.UnionWith(link);
            }
            while (result.Count > before);
            return [.. result];
        }

        public Task? WhenStored(IndexedDbDatabase database) => _entries.GetValueOrDefault(database)?.Wait();

        public Task? WhenSettled(IndexedDbDatabase database) => _entries.GetValueOrDefault(database)?.Settled;

        public void Complete()
        {
            foreach (Entry entry in _entries.Values)
                entry.Complete();
        }

        /// <summary>Removes a database whose commit could not be stored.</summary>
        /// <returns>Whether a caller was waiting for the commit and gets the reason.</returns>
        public bool Fail(IndexedDbDatabase database, StorageException reason)
        {
            if (!_entries.Remove(database, out Entry? entry))
                return false;
            Bytes -= entry.Bytes;
            return entry.Fail(reason);
        }
    }

    private sealed class Entry
    {
        private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource? _stored;

        public long Bytes { get; set; }

        public Task Settled => _settled.Task;

        public Task Wait() => (_stored ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public void Complete()
        {
            _settled.SetResult();
            _stored?.TrySetResult();
        }

        public bool Fail(StorageException reason)
        {
            _settled.SetResult();
            return _stored?.TrySetException(reason) ?? false;
        }
    }
}
