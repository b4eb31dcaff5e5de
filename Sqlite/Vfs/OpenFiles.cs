namespace Isar.Storage.Sqlite;

/// <summary>
/// The files that are open through one adapter, and the databases that are kept closed, by path. No database is both. Safe for any threads.
/// </summary>
internal sealed class OpenFiles
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StoragePath, int> _open = [];
    private readonly Dictionary<StoragePath, string> _keptClosed = [];

    /// <summary>Tells that the last open file of a path was closed.</summary>
    public event Action<StoragePath>? Closed;

    public bool IsOpen(StoragePath path)
    {
        lock (_gate)
            return _open.ContainsKey(path);
    }

    /// <summary>Keeps a database from being opened until <see cref="LetOpen"/>.</summary>
    /// <param name="path">The database.</param>
    /// <param name="why">What happens to it meanwhile, such as "is being deleted".</param>
    /// <returns><see langword="false"/> when it is open or kept closed already.</returns>
    public bool TryKeepClosed(StoragePath path, string why)
    {
        lock (_gate)
            return !_open.ContainsKey(path) && _keptClosed.TryAdd(path, why);
    }

    public void LetOpen(StoragePath path)
    {
        lock (_gate)
            _keptClosed.Remove(path);
    }

    /// <summary>
    /// Counts one more open file until <see cref="Forget"/>: a caller that is about to open a database keeps others from deleting or moving it.
    /// </summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Busy"/> while it is kept closed, but not for <see cref="VfsCall.Admitted"/>.
    /// </exception>
    public void Hold(StoragePath path)
    {
        lock (_gate)
        {
            if (_keptClosed.TryGetValue(path, out string? why) && VfsCall.Current.Admitted != path)
                throw new StorageException(StorageErrorKind.Busy, $"\"{path}\" {why}.");
            _open[path] = _open.GetValueOrDefault(path) + 1;
        }
    }

    public void Forget(StoragePath path)
    {
        lock (_gate)
        {
            if (--_open[path] > 0)
                return;
            _open.Remove(path);
        }
        Closed?.Invoke(path);
    }
}
