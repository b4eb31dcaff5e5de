namespace Isar.Storage;

/// <summary>
/// The databases that a backend has acquired. Callers that ask at the same time share one opening, or one reopening of a suspended
/// database; a database that is not in use can be released. For <see cref="ILeasedFiles"/> in a browser's worker: for one thread.
/// </summary>
/// <typeparam name="T">What the backend keeps for a database.</typeparam>
/// <param name="backend">The backend's name, for errors.</param>
/// <param name="open">
/// Opens a database that is not known yet, with the token of the first caller. If it ignores the token, the files are acquired even
/// though that caller gave up.
/// </param>
/// <param name="reopen">Makes a suspended database usable again, in the same way.</param>
public sealed class AcquiredDatabases<T>(
    string backend,
    Func<StoragePath, IProgress<StorageProgress>?, CancellationToken, Task<T>> open,
    Func<T, IProgress<StorageProgress>?, CancellationToken, Task> reopen)
    : IAsyncDisposable
    where T : class, IAcquiredDatabase
{
    private readonly Dictionary<StoragePath, Opening> _openings = [];
    private readonly List<Task> _closings = [];
    private bool _disposed;

    /// <summary>Gets an acquired database.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/>: it is not acquired.</exception>
    public T this[StoragePath database] => Find(database) is { IsAcquired: true } acquired
        ? acquired
        : throw new StorageException(StorageErrorKind.Unavailable,
            $"The files of \"{database}\" are not acquired: open or prepare the database through the storage first.");

    /// <summary>Gets all databases that are acquired now.</summary>
    public IEnumerable<T> Acquired => Openings.Values.Select(opening => opening.Opened).OfType<T>().Where(opened => opened.IsAcquired);

    private Dictionary<StoragePath, Opening> Openings => !_disposed
        ? _openings
        : throw new StorageException(StorageErrorKind.Unavailable, $"The {backend} backend is already disposed.");

    /// <summary>Finds a database that is acquired or suspended; <see langword="null"/> for any other.</summary>
    public T? Find(StoragePath database) => Openings.GetValueOrDefault(database)?.Opened;

    /// <summary>Throws once this is disposed.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/>.</exception>
    public void ThrowIfDisposed() => _ = Openings;

    /// <inheritdoc cref="ILeasedFiles.AcquireAsync"/>
    public async ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!Openings.TryGetValue(database, out Opening? opening) || opening.HasFailed)
                _openings[database] = opening = new Opening(open(database, progress, cancellationToken));
            else if (opening.Opened is { IsAcquired: true })
                return;
            else if (opening.Last.IsCompleted)
                opening.Last = reopen(opening.Opened!, progress, cancellationToken);
            try
            {
                await opening.Last.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The caller that began it gave up; this one did not.
            }
            // Another caller may have released it meanwhile, or suspended it while it was being reopened.
        }
    }

    /// <inheritdoc cref="ILeasedFiles.SuspendAsync"/>
    public async ValueTask SuspendAsync(StoragePath database)
    {
        if (!Openings.TryGetValue(database, out Opening? opening))
            return;
        await opening.WhenCompletedAsync(CancellationToken.None).ConfigureAwait(false);
        if (opening.Opened is { IsAcquired: true } opened)
            await opened.SuspendAsync().ConfigureAwait(false);
    }

    /// <inheritdoc cref="ILeasedFiles.ReleaseAsync"/>
    public async ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken)
    {
        if (!Openings.TryGetValue(database, out Opening? opening))
            return;
        await opening.WhenCompletedAsync(cancellationToken).ConfigureAwait(false);
        // A failed opening holds no files, and its caller got the error. Another caller may have released it meanwhile.
        if (opening.Opened is not { } opened || Openings.GetValueOrDefault(database) != opening)
            return;
        if (opened.IsInUse)
            throw new StorageException(StorageErrorKind.Busy, $"\"{database}\" cannot be released while it is open.");
        _openings.Remove(database);
        Task closing = opened.CloseAsync().AsTask();
        _closings.Add(closing);
        try
        {
            await closing.ConfigureAwait(false);
        }
        finally
        {
            _closings.Remove(closing);
        }
    }

    /// <summary>Closes all databases, and waits for those that are just being released. From now on every other member throws.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        Opening[] openings = [.. _openings.Values];
        _openings.Clear();
        // What fails there is told to the caller that releases.
        foreach (Task closing in _closings.ToArray())
            await closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(openings.Select(CloseAsync)).ConfigureAwait(false);
    }

    private static async Task CloseAsync(Opening opening)
    {
        await opening.WhenCompletedAsync(CancellationToken.None).ConfigureAwait(false);
        if (opening.Opened is { } opened)
            await opened.CloseAsync().ConfigureAwait(false);
    }

    /// <summary>One opening of a database, and the reopenings after it.</summary>
    private sealed class Opening(Task<T> first)
    {
        /// <summary>Gets or sets the opening, or the last reopening.</summary>
        public Task Last { get; set; } = first;

        public bool HasFailed => first is { IsCompleted: true, IsCompletedSuccessfully: false };

        /// <summary>Gets the database, acquired or suspended, once it was opened.</summary>
        public T? Opened => first.IsCompletedSuccessfully ? first.Result : null;

        /// <summary>Completes when nothing is being opened. The caller that began it may have given up, but it can still succeed.</summary>
        public async Task WhenCompletedAsync(CancellationToken cancellationToken)
        {
            while (!Last.IsCompleted)
            {
                await Last.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
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
