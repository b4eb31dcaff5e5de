namespace Isar.Storage.Sqlite;

/// <summary>A database whose files are acquired, and which is not deleted or moved in this process until this is disposed.</summary>
internal sealed class EnteredDatabase : IDisposable
{
    private readonly StoragePath _path;
    private DatabaseUse? _use;
    private int _disposed;

    private EnteredDatabase(ReadyBackend backend, StoragePath path)
    {
        Backend = backend;
        _path = path;
    }

    public ReadyBackend Backend { get; }

    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/>: it is being deleted or moved, or its files are in use.</exception>
    public static async ValueTask<EnteredDatabase> EnterAsync(
        ReadyBackend backend, StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        backend.Vfs.Files.Hold(path);
        var entered = new EnteredDatabase(backend, path);
        try
        {
            entered._use = await backend.UseAsync(path, progress, cancellationToken).ConfigureAwait(false);
            return entered;
        }
        catch
        {
            entered.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _use?.Dispose();
        Backend.Vfs.Files.Forget(_path);
    }
}

/// <summary>
/// A database whose files are acquired, and which cannot be opened through the adapter until this is disposed; then they are released.
/// </summary>
internal sealed class ClosedDatabase : IAsyncDisposable
{
    private readonly StoragePath _path;
    private DatabaseUse? _use;

    private ClosedDatabase(ReadyBackend backend, StoragePath path)
    {
        Backend = backend;
        _path = path;
    }

    public ReadyBackend Backend { get; }

    /// <summary>Acquires the files of a database and keeps it closed for all others.</summary>
    /// <param name="backend">The backend that has it.</param>
    /// <param name="path">The database.</param>
    /// <param name="why">What happens to it, such as "is being deleted".</param>
    /// <param name="progress">Receives the progress of acquiring it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/>: it is open, or another tab or process holds its files.</exception>
    public static async ValueTask<ClosedDatabase> CloseAsync(
        ReadyBackend backend, StoragePath path, string why, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        if (!backend.Vfs.Files.TryKeepClosed(path, why))
            throw new StorageException(StorageErrorKind.Busy, $"The database \"{path}\" is in use in the backend \"{backend.Name}\".");
        var closed = new ClosedDatabase(backend, path);
        try
        {
            closed._use = await backend.TakeAsync(path, progress, cancellationToken).ConfigureAwait(false);
            return closed;
        }
        catch
        {
            backend.Vfs.Files.LetOpen(path);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _use?.Dispose();
            await Backend.ReleaseAsync(_path).ConfigureAwait(false);
        }
        finally
        {
            Backend.Vfs.Files.LetOpen(_path);
        }
    }
}
