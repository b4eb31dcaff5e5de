namespace Isar.Storage.Sqlite;

/// <summary>The asynchronous edge of one connection: what SQL needs is awaited here, before it runs. Used by one request at a time.</summary>
/// <param name="path">The connection's database.</param>
/// <param name="backend">The backend that it lives in.</param>
/// <param name="leasing">Waits for leases and for locks of other connections.</param>
internal sealed class DatabaseEdge(StoragePath path, ReadyBackend backend, WaitPipeline leasing)
{
    /// <summary>
    /// The leases that SQL needs: of the database and of attached ones. Always taken in this order, or two tabs that attach each other's
    /// databases could wait for each other for ever.
    /// </summary>
    private readonly List<DatabaseLease> _needed = backend.Leases is { } leases ? [leases[path]] : [];

    private readonly DatabaseUse _entered = new();

    /// <summary>Begins a use, ended by <see cref="Leave"/>; <see langword="false"/> when that, or running SQL, needs a wait.</summary>
    public bool TryEnter()
    {
        if (!backend.WaitAsync(path, CancellationToken.None).IsCompletedSuccessfully)
            return false;
        foreach (DatabaseLease lease in _needed)
        {
            if (!IsUsed(lease))
                continue;
            if (!lease.TryEnter())
            {
                Leave();
                return false;
            }
            _entered.Add(lease);
        }
        return true;
    }

    /// <summary>Gets whether a use may go on after its end until it is recalled, so that the next one costs nothing.</summary>
    public bool MayLend => backend.DeferredCommits is null && _needed.TrueForAll(static lease => lease.MayLend);

    public void Leave() => _entered.Dispose();

    /// <summary>Waits until more may be written.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => backend.WaitAsync(path, cancellationToken);

    /// <summary>Waits for the leases and runs an attempt; repeats it while it throws a transient <see cref="StorageException"/>.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/>: the wait timed out.</exception>
    public ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken) =>
        leasing.ExecuteAsync(path, progress: null, async (progress, token) =>
        {
            using var use = new DatabaseUse();
            foreach (DatabaseLease lease in _needed.Where(IsUsed))
                use.Add(await backend.UseAsync(lease.Path, progress, token).ConfigureAwait(false));
            await backend.WaitAsync(path, token).ConfigureAwait(false);
            return await attempt(token).ConfigureAwait(false);
        }, cancellationToken);

    /// <summary>Takes note of what SQL has just attached and detached, and of the lease that it was refused for.</summary>
    /// <returns>Whether it was refused for a lease.</returns>
    public bool NoteNeeds()
    {
        VfsCall call = VfsCall.Current;
        foreach (DatabaseLease lease in call.Closed)
        {
            // If it is attached twice, the next statement is refused, and needs it again.
            if (lease.Path != path)
                _needed.Remove(lease);
        }
        foreach (DatabaseLease lease in call.Opened)
            Need(lease);
        if (call.RefusedBy is not { } refusedBy)
            return false;
        Need(refusedBy);
        return true;
    }

    /// <summary>Tells whether a lease is needed: an attached database that is closed here may be deleted.</summary>
    private bool IsUsed(DatabaseLease lease) => lease.Path == path || lease.IsMember;

    private void Need(DatabaseLease lease)
    {
        if (_needed.Contains(lease))
            return;
        _needed.Add(lease);
        _needed.Sort(static (one, other) => string.CompareOrdinal(one.Path.Value, other.Path.Value));
    }
}
