using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>
/// An acquired database: its file, mirrored in memory, and the journals beside it, which are never stored, because every transaction is
/// stored as a whole.
/// </summary>
internal sealed class IndexedDbDatabase(IndexedDbContent main, CommitQueue queue) : IAcquiredDatabase
{
    private readonly Dictionary<StoragePath, IndexedDbContent> _beside = [];

    public StoragePath Path => main.Path;

    public IndexedDbContent Main => main;

    /// <summary>Gets or sets whether memory holds what is stored, and commits that wait; false while the database is suspended.</summary>
    public bool IsAcquired { get; set; } = true;

    public bool IsInUse => Contents.Any(content => content.IsOpen);

    public bool IsBacklogged => queue.IsFull;

    public IEnumerable<IndexedDbContent> Contents => [main, .. _beside.Values];

    /// <summary>Finds the content of a path; <see langword="null"/> when there is no such file.</summary>
    public IndexedDbContent? Find(StoragePath path) => path == main.Path ? main : _beside.GetValueOrDefault(path);

    /// <summary>Makes a file beside the database.</summary>
    public IndexedDbContent CreateBeside(StoragePath path, int blockSize)
    {
        var content = new IndexedDbContent(IndexedDbInterop.Create(blockSize), path, long.MaxValue);
        _beside.Add(path, content);
        return content;
    }

    public void Delete(StoragePath path)
    {
        if (path == main.Path)
        {
            main.Delete();
            Commit();
        }
        else if (_beside.Remove(path, out IndexedDbContent? content))
        {
            content.Exists = false;
            if (!content.IsOpen)
                IndexedDbInterop.Drop(content.File);
        }
    }

    /// <summary>Queues the changes to be stored.</summary>
    public void Commit()
    {
        if (main.IsChanged)
            queue.Add(this, main.Commit());
    }

    /// <summary>Queues the changes to be stored, unless a transaction is open.</summary>
    public void CommitOutsideTransactions()
    {
        if (!main.IsReserved && !main.IsReverting)
            Commit();
    }

    /// <summary>Undoes every commit that is not stored, and every open transaction.</summary>
    public async Task RevertAsync(int store, StorageException reason)
    {
        main.BeginRevert(reason);
        foreach (IndexedDbContent journal in _beside.Values)
            journal.SetLength(0);
        try
        {
            await IndexedDbInterop.RevertAsync(store, Path.Value, main.File).ConfigureAwait(false);
            main.TakeUpStored();
        }
        catch (JSException e)
        {
            main.Break(IndexedDbErrors.Of(e, Path.Value));
        }
    }

    /// <summary>Completes when every commit is stored, or undone.</summary>
    public async ValueTask SuspendAsync()
    {
        CommitOutsideTransactions();
        IsAcquired = false;
        await queue.WhenSettled(this).ConfigureAwait(false);
    }

    /// <summary>Completes when every commit is stored, or undone, and frees the memory.</summary>
    public async ValueTask CloseAsync()
    {
        try
        {
            if (IsAcquired)
                CommitOutsideTransactions();
            await queue.WhenSettled(this).ConfigureAwait(false);
        }
        finally
        {
            foreach (IndexedDbContent content in Contents)
                IndexedDbInterop.Drop(content.File);
        }
    }
}
