using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>
/// A file for the time of an import or an export, <c>.isar-staging/&lt;name&gt;</c> in the backend of its database. Disposing it deletes
/// it; what a kill leaves, <see cref="ClearAsync"/> deletes.
/// </summary>
internal sealed class StagedFile : IAsyncDisposable
{
    private const string Directory = DatabaseName.ReservedPrefix + "staging/";

    /// <summary>How many may be in use at the same time, where they have numbers.</summary>
    private const int MaxNumber = 100;

    private readonly ClosedDatabase _files;
    private readonly ILogger _logger;
    private bool _disposed;

    private StagedFile(ClosedDatabase files, StoragePath path, ILogger logger)
    {
        _files = files;
        Path = path;
        _logger = logger;
    }

    public StoragePath Path { get; }

    public ReadyBackend Backend => _files.Backend;

    /// <summary>Makes one. It does not exist before it is opened.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="atOnce">Does not wait for anybody.</param>
    /// <param name="logger">Hears when it cannot be deleted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<StagedFile> CreateAsync(
        ReadyBackend backend, WaitPipeline atOnce, ILogger logger, CancellationToken cancellationToken)
    {
        // Leases tell which names are free; then the same few are used again, so that killed ones do not leave ever more empty entries in OPFS.
        for (int number = 0; ; number++)
        {
            StoragePath path = StoragePath.Parse(Directory + (backend.Leases is null ? $"{Guid.NewGuid():N}" : $"{number}"));
            try
            {
                ClosedDatabase files = await atOnce.ExecuteAsync(path, progress: null, (waiting, token) =>
                    ClosedDatabase.CloseAsync(backend, path, "is being staged", waiting, token), cancellationToken).ConfigureAwait(false);
                var staged = new StagedFile(files, path, logger);
                await staged.DeleteLeftAsync().ConfigureAwait(false);
                return staged;
            }
            catch (StorageException e) when (e.Kind == StorageErrorKind.Busy && number < MaxNumber)
            {
            }
        }
    }

    /// <summary>Deletes what imports and exports have left that were killed, and nothing that somebody still uses.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="atOnce">Does not wait for anybody.</param>
    /// <param name="logger">Hears of what could not be deleted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns><see langword="false"/> when something is still in use: by somebody who goes on, or who is just dying.</returns>
    public static async ValueTask<bool> ClearAsync(ReadyBackend backend, WaitPipeline atOnce, ILogger logger, CancellationToken cancellationToken)
    {
        IReadOnlyList<StorageEntry> files = await backend.Backend.ListAsync(cancellationToken).ConfigureAwait(false);
        IEnumerable<StoragePath> left = files.Select(file => file.Path)
            .Where(file => file.Value.StartsWith(Directory, StringComparison.Ordinal))
            .Select(file => DatabaseFiles.TryGetDatabase(file, out StoragePath owner) ? owner : file)
            .Distinct();
        bool isAll = true;
        foreach (StoragePath path in left)
        {
            try
            {
                isAll &= await atOnce.ExecuteAsync(
                    path, progress: null, (waiting, token) => TryDeleteAsync(backend, path, waiting, token), cancellationToken).ConfigureAwait(false);
            }
            catch (StorageException e) when (e.Kind == StorageErrorKind.Busy)
            {
                isAll = false;
            }
            catch (StorageException e)
            {
                logger.StagedFileStays(path.Value, e);
            }
        }
        return isAll;
    }

    /// <summary>Opens it for reading and writing bytes, and creates it.</summary>
    public IStorageFile Open() => Backend.Backend.Open(Path, StorageOpenMode.Create);

    /// <summary>Opens it as a database.</summary>
    /// <exception cref="StorageException">It is none.</exception>
    public ValueTask<SqliteConnection> ConnectAsync(SqliteOpenMode mode, CancellationToken cancellationToken) =>
        Backend.OpenAloneAsync(Path, mode, cancellationToken);

    /// <summary>Deletes it. Whatever it was for is done or has failed by now, so a failure here is only logged.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            try
            {
                await Backend.DeleteAsync(Path).ConfigureAwait(false);
            }
            finally
            {
                await _files.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (StorageException e)
        {
            _logger.StagedFileStays(Path.Value, e);
        }
    }

    private async ValueTask DeleteLeftAsync()
    {
        try
        {
            await Backend.DeleteAsync(Path).ConfigureAwait(false);
        }
        catch
        {
            await _files.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask<bool> TryDeleteAsync(
        ReadyBackend backend, StoragePath path, IProgress<StorageProgress> waiting, CancellationToken cancellationToken)
    {
        const string Why = "is being cleared up";
        ClosedDatabase files = await ClosedDatabase.CloseAsync(backend, path, Why, waiting, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable releaseFiles = files.ConfigureAwait(false);
        if (IsUsedElsewhere(backend, path))
            return false;
        await backend.DeleteAsync(path).ConfigureAwait(false);
        return true;
    }

    /// <summary>Tells whether another process has it, where processes share files: who uses one keeps a lock on it.</summary>
    private static bool IsUsedElsewhere(ReadyBackend backend, StoragePath path)
    {
        if (!backend.Backend.Exists(path))
            return false;
        using IStorageFile file = backend.Backend.Open(path, StorageOpenMode.ReadWrite);
        return !file.TryLock(LockLevel.Shared) || !file.TryLock(LockLevel.Exclusive);
    }
}
