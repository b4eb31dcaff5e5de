using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>
/// The file of one import or export, <c>.isar-staging/&lt;name&gt;</c> in the backend of its database. Disposing it deletes it;
/// <see cref="ClearAsync"/> deletes the files that a kill left.
/// </summary>
internal sealed class StagedFile : IAsyncDisposable
{
    private const string Directory = DatabaseName.ReservedPrefix + "staging";

    /// <summary>How many may be in use at the same time, where their names are numbers.</summary>
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

    /// <summary>Finds a free name for a new file. The file does not exist before it is opened.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="atOnce">The pipeline that does not wait.</param>
    /// <param name="logger">Logs that the file cannot be deleted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<StagedFile> CreateAsync(
        ReadyBackend backend, WaitPipeline atOnce, ILogger logger, CancellationToken cancellationToken)
    {
        // With leases, which tell what is free, the same few names are used again: each killed import leaves an empty entry in OPFS.
        for (int number = 0; ; number++)
        {
            StoragePath path = StoragePath.Parse($"{Directory}/{(backend.Leases is null ? $"{Guid.NewGuid():N}" : number)}");
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

    /// <summary>Deletes the files that killed imports and exports left, but no file that is in use.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="atOnce">The pipeline that does not wait.</param>
    /// <param name="logger">Logs files that could not be deleted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns><see langword="false"/> when a file is still in use, perhaps by a tab that is just dying.</returns>
    public static async ValueTask<bool> ClearAsync(ReadyBackend backend, WaitPipeline atOnce, ILogger logger, CancellationToken cancellationToken)
    {
        IReadOnlyList<StorageEntry> files = await backend.Backend.ListAsync(StoragePath.Parse(Directory), cancellationToken).ConfigureAwait(false);
        IEnumerable<StoragePath> left = files.Select(file => DatabaseFiles.TryGetDatabase(file.Path, out StoragePath owner) ? owner : file.Path)
            .Distinct();
        bool isAll = true;
        foreach (StoragePath path in left)
        {
            try
            {
                await atOnce.ExecuteAsync(path, progress: null, (waiting, token) =>
                    DeleteUnusedAsync(backend, path, waiting, token), cancellationToken).ConfigureAwait(false);
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

    /// <summary>Creates the file and opens it for reading and writing bytes.</summary>
    public IStorageFile Open() => Backend.Backend.Open(Path, StorageOpenMode.Create);

    /// <summary>Opens the file as a database.</summary>
    /// <exception cref="StorageException">It is not a database.</exception>
    public ValueTask<SqliteConnection> ConnectAsync(SqliteOpenMode mode, CancellationToken cancellationToken) =>
        Backend.OpenAloneAsync(Path, mode, cancellationToken);

    /// <summary>Deletes the file. Its import or export is over, so a failure here is only logged.</summary>
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

    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> while an import or export uses it, also of another process.</exception>
    private static async ValueTask<bool> DeleteUnusedAsync(
        ReadyBackend backend, StoragePath path, IProgress<StorageProgress> waiting, CancellationToken cancellationToken)
    {
        const string Why = "is being cleared up";
        ClosedDatabase files = await ClosedDatabase.CloseAsync(backend, path, Why, waiting, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable releaseFiles = files.ConfigureAwait(false);
        return await backend.DeleteAsync(path).ConfigureAwait(false);
    }
}
