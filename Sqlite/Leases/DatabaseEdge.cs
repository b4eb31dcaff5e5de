namespace Isar.Storage.Sqlite;

/// <summary>
/// The asynchronous edge before SQL runs on one connection: what has to be waited for, waited for. Used by one request at a time.
/// </summary>
/// <param name="path">The connection's database.</param>
/// <param name="backend">The backend that it lives in.</param>
/// <param name="leasing">Waits for leases and for locks of other connections.</param>
internal sealed class DatabaseEdge(StoragePath path, ReadyBackend backend, WaitPipeline leasing)
{
    private readonly DatabaseLease? _lease = backend.Leases?[path];

    /// <summary>The leases of attached databases that SQL was once refused without.</summary>
    private readonly HashSet<DatabaseLease> _attached = [];

    /// <summary>Begins a use, ended by <see cref="Leave"/>, if nothing has to be waited for.</summary>
    public bool TryEnter()
    {
        if (_lease is null)
            return true;
        DatabaseLease.LastRefused = null;
        return _attached.Count == 0 && _lease.TryEnter();
    }

    public void Leave() => _lease?.EndUse();

    /// <summary>Waits until more may be written.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken) => backend.WaitAsync(path, cancellationToken);

    /// <summary>Waits for what is needed and runs an attempt; repeats it for as long as it throws a transient <see cref="StorageException"/>.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/>: it was waited for too long.</exception>
    public ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken) =>
        leasing.ExecuteAsync(path, progress: null, async (progress, token) =>
        {
            using DatabaseUse use = await backend.UseAsync(path, progress, token).ConfigureAwait(false);
            foreach (DatabaseLease lease in _attached.Where(lease => lease.IsMember))
                use.Add(await lease.EnterAsync(progress, token).ConfigureAwait(false));
            DatabaseLease.LastRefused = null;
            await backend.WaitAsync(path, token).ConfigureAwait(false);
            return await attempt(token).ConfigureAwait(false);
        }, cancellationToken);

    /// <summary>Remembers the lease without which SQL was just refused; <see langword="false"/> when that was not the reason.</summary>
    public bool TryNeedRefused()
    {
        if (DatabaseLease.LastRefused is not { } refused)
            return false;
        if (refused != _lease)
            _attached.Add(refused);
        return true;
    }
}
