namespace Isar.Storage;

/// <summary>
/// The databases that a backend has acquired. Callers that ask at the same time share one opening; a suspended database is reopened, and
/// a database that is not in use can be released. For <see cref="ILeasedFiles"/> in a browser's worker: for one thread.
/// </summary>
/// <typeparam name="T">What the backend keeps for a database.</typeparam>
/// <param name="backend">The backend's name, for errors.</param>
/// <param name="open">
/// Opens a database that is not known yet, with the token of the first caller. If it ignores the token, the files are acquired even
/// though that caller gave up.
/// </param>
/// <param name="reopen">Makes a suspended database usable again.</param>
public sealed class AcquiredDatabases<T>(
    string backend,
    Func<StoragePath, IProgress<StorageProgress>?, CancellationToken, Task<T>> open,
    Func<T, IProgress<StorageProgress>?, CancellationToken, Task> reopen)
    : IAsyncDisposable
    where T : class, IAcquiredDatabase
{
    private readonly Dictionary<StoragePath, Task<T>> _openings = [];
    private bool _disposed;

    /// <summary>Gets an acquired database.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/>: it is not acquired.</exception>
    public T this[StoragePath database] => Find(database) is { IsAcquired: true } acquired
        ? acquired
        : throw new StorageException(StorageErrorKind.Unavailable,
            $"The files of \"{database}\" are not acquired: open or prepare the database through the storage first.");

    /// <summary>Gets all databases that are acquired now.</summary>
    public IEnumerable<T> Acquired => Openings.Values.Where(IsOpen).Select(opening => opening.Result).Where(opened => opened.IsAcquired);

    private Dictionary<StoragePath, Task<T>> Openings => !_disposed
        ? _openings
        : throw new StorageException(StorageErrorKind.Unavailable, $"The {backend} backend is already disposed.");

    /// <summary>Finds a database that is acquired or suspended; <see langword="null"/> for any other.</summary>
    public T? Find(StoragePath database) => Openings.TryGetValue(database, out Task<T>? opening) && IsOpen(opening) ? opening.Result : null;

    /// <summary>Throws once this is disposed.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/>.</exception>
    public void ThrowIfDisposed() => _ = Openings;

    /// <inheritdoc cref="ILeasedFiles.AcquireAsync"/>
    public async ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!Openings.TryGetValue(database, out Task<T>? opening) || opening is { IsCompleted: true, IsCompletedSuccessfully: false })
                _openings[database] = opening = open(database, progress, cancellationToken);
            T opened;
            try
            {
                opened = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The caller that began it gave up; this one did not.
                continue;
            }
            // Another caller may have released it meanwhile, or suspended it while it was being reopened.
            if (Openings.GetValueOrDefault(database) != opening)
                continue;
            if (opened.IsAcquired)
                return;
            await reopen(opened, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="ILeasedFiles.SuspendAsync"/>
    public async ValueTask SuspendAsync(StoragePath database)
    {
        if (!Openings.TryGetValue(database, out Task<T>? opening))
            return;
        // The caller that began the opening may have given up, but the opening can still succeed.
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (IsOpen(opening) && opening.Result.IsAcquired)
            await opening.Result.SuspendAsync().ConfigureAwait(false);
    }

    /// <inheritdoc cref="ILeasedFiles.ReleaseAsync"/>
    public async ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken)
    {
        if (!Openings.TryGetValue(database, out Task<T>? opening))
            return;
        await ((Task)opening).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        // A failed opening holds no files, and its caller got the error.
        if (!IsOpen(opening))
            return;
        if (opening.Result.IsInUse)
            throw new StorageException(StorageErrorKind.Busy, $"\"{database}\" cannot be released while it is open.");
        _openings.Remove(database);
        await opening.Result.CloseAsync().ConfigureAwait(false);
    }

    /// <summary>Closes all databases. From now on every other member throws.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        Task<T>[] openings = [.. _openings.Values];
        _openings.Clear();
        await Task.WhenAll(openings.Select(CloseAsync)).ConfigureAwait(false);
    }

    private static async Task CloseAsync(Task<T> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (IsOpen(opening))
            await opening.Result.CloseAsync().ConfigureAwait(false);
    }

    private static bool IsOpen(Task<T> opening) => opening.IsCompletedSuccessfully;
}

/// <summary>What a backend keeps for one database in <see cref="AcquiredDatabases{T}"/>.</summary>
public interface IAcquiredDatabase
{
    /// <summary>Gets whether its files can be used; <see langword="false"/> while it is suspended.</summary>
    bool IsAcquired { get; }

    /// <summary>Gets whether one of its files is open.</summary>
    bool IsInUse { get; }

    /// <inheritdoc cref="ILeasedFiles.SuspendAsync"/>
    ValueTask SuspendAsync();

    /// <summary>Gives up the files for good. They are not in use, and may be suspended.</summary>
    ValueTask CloseAsync();
}
