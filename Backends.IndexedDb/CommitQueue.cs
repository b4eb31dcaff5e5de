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
/// <param name="onUndone">Called for each database of which a commit was undone that no caller waited for.</param>
internal sealed class CommitQueue(int store, long limit, ILogger logger, Action<StoragePath, StorageException> onUndone)
{
    private Batch? _next;
    private Batch? _current;
    private Turn? _turn;

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
        if (_turn is null)
        {
            _turn = new Turn();
            _ = EndTurnAsync();
        }
        _next.Add(database, bytes, _turn);
    }

    /// <summary>Completes when every commit of a database that waits now is stored.</summary>
    /// <exception cref="StorageException">A commit could not be stored and was undone.</exception>
    public Task FlushAsync(IndexedDbDatabase database)
    {
        Start();
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
    private async Task EndTurnAsync()
    {
        await Task.Yield();
        _turn = null;
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
            await database.RevertAsync(store, reason).ConfigureAwait(false);
            bool isHeard = batch.Fail(database, reason);
            isHeard &= _next?.Fail(database, reason) ?? true;
            _ = TellAsync(database.Path, reason, isHeard);
        }
        if (_next is { IsEmpty: true })
            _next = null;
    }

    /// <summary>Apart from storing: a logger that throws must not keep other commits waiting.</summary>
    private async Task TellAsync(StoragePath database, StorageException reason, bool isHeard)
    {
        if (!isHeard)
            onUndone(database, reason);
        await Task.Yield();
        logger.CommitUndone(database.Value, reason);
    }

    /// <summary>Commits that were made without a pause between them: perhaps in one transaction over attached databases.</summary>
    private sealed class Turn
    {
        public HashSet<IndexedDbDatabase> Databases { get; } = [];

        /// <summary>Gets or sets whether a caller waits for them, and hears what becomes of them.</summary>
        public bool IsAwaited { get; set; }
    }

    /// <summary>Commits that are stored together.</summary>
    private sealed class Batch
    {
        private readonly Dictionary<IndexedDbDatabase, Entry> _entries = [];

        public IEnumerable<IndexedDbDatabase> Databases => _entries.Keys;

        public long Bytes { get; private set; }

        public bool IsEmpty => _entries.Count == 0;

        public void Add(IndexedDbDatabase database, long bytes, Turn turn)
        {
            if (!_entries.TryGetValue(database, out Entry? entry))
                _entries.Add(database, entry = new Entry());
            Bytes += bytes - entry.Bytes;
            entry.Bytes = bytes;
            if (!entry.Turns.Contains(turn))
                entry.Turns.Add(turn);
            turn.Databases.Add(database);
        }

        /// <summary>Gets databases and all that are stored with them or not at all, also because of others.</summary>
        public List<IndexedDbDatabase> LinkedTo(IEnumerable<IndexedDbDatabase> databases)
        {
            var result = new HashSet<IndexedDbDatabase>(databases);
            int before;
            do
            {
                before = result.Count;
                foreach (Turn turn in _entries.Values.SelectMany(entry => entry.Turns).Where(turn => result.Overlaps(turn.Databases)))
                    result.UnionWith(turn.Databases);
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
        /// <returns>Whether every commit of it had a caller that was waiting and gets the reason.</returns>
        public bool Fail(IndexedDbDatabase database, StorageException reason)
        {
            if (!_entries.Remove(database, out Entry? entry))
                return true;
            Bytes -= entry.Bytes;
            return entry.Fail(reason);
        }
    }

    private sealed class Entry
    {
        private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource? _stored;

        public long Bytes { get; set; }

        /// <summary>Gets when the commits were made.</summary>
        public List<Turn> Turns { get; } = [];

        public Task Settled => _settled.Task;

        /// <summary>Completes when the commits are stored. The caller has made the last of them, and perhaps none before.</summary>
        public Task Wait()
        {
            Turns[^1].IsAwaited = true;
            return (_stored ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        public void Complete()
        {
            _settled.SetResult();
            _stored?.TrySetResult();
        }

        public bool Fail(StorageException reason)
        {
            _settled.SetResult();
            _stored?.TrySetException(reason);
            return Turns.All(turn => turn.IsAwaited);
        }
    }
}
