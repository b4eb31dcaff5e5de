using Isar.Storage.Sqlite;

namespace Isar.Storage.Browser;

/// <summary>What sessions need of .NET: <see cref="StatementExports"/>.</summary>
internal sealed partial class RequestServer
{
    public Entry TryEnter(int database)
    {
        DatabaseEdge edge = Find(database).Edge;
        return !edge.TryEnter() ? Entry.Refused : edge.MayLend ? Entry.Lent : Entry.Once;
    }

    public void Leave(int database) => Find(database).Edge.Leave();

    public void Wait(int id, int database) => _ = ServeAsync(id, () => RunCancellableAsync(id, token => WaitAsync(id, Find(database), token)));

    public bool Flush(int id, int database, string[] attached)
    {
        Task stored = FlushAsync(Find(database), attached);
        if (stored.IsCompletedSuccessfully)
            return true;
        _ = ServeAsync(id, async () =>
        {
            await stored.ConfigureAwait(false);
            HostInterop.Settled(id);
        });
        return false;
    }

    public bool NoteNeeds(int database, bool isCommitted)
    {
        PageConnection open = Find(database);
        open.Detached = isCommitted ? [.. VfsCall.Current.Closed.Select(lease => lease.Path.Value)] : [];
        return open.Edge.NoteNeeds();
    }

    public void Close(int id, int database) => _ = ServeAsync(id, async () =>
    {
        _databases.Remove(database, out PageConnection? open);
        await open!.CloseAsync().ConfigureAwait(false);
        logger.DatabaseClosed(open.Name);
        HostInterop.Complete(id);
    });

    public void Yield() => edges.Yield();

    /// <summary>Attempts a statement when it need not wait: for another tab or connection, or until more may be written.</summary>
    private async Task WaitAsync(int id, PageConnection open, CancellationToken cancellationToken)
    {
        await open.Edge.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task stored = await open.Edge.RunAsync(async _ =>
        {
            Task ended = (Attempt)HostInterop.Attempt(id) switch
            {
                Attempt.Locked => throw new StorageException(StorageErrorKind.Busy, $"Another connection has \"{open.Name}\" locked."),
                Attempt.Committed => FlushAsync(open, HostInterop.GetAttached(id)),
                _ => Task.CompletedTask,
            };
            // What fails now is not attempted again: the commit was made.
            await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ended;
        }, cancellationToken).ConfigureAwait(false);
        await stored.ConfigureAwait(false);
        HostInterop.Settled(id);
    }

    /// <summary>Flushes all of them at once, so that this request hears of each commit.</summary>
    private Task FlushAsync(PageConnection open, string[] attached)
    {
        if (attached.Length == 0 && open.Detached.Length == 0)
            return edges.FlushCommitAsync(open.Name).AsTask();
        string[] detached = open.Detached;
        open.Detached = [];
        return Task.WhenAll(attached.Concat(detached).Append(open.Name).Distinct().Select(name => edges.FlushCommitAsync(name).AsTask()));
    }
}
