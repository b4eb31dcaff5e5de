using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>A copy of a database as it was at one moment, read as the bytes of one ordinary database file. Deleted when it is disposed.</summary>
/// <remarks>
/// A copy rather than a lock: its reader may be slow, such as a network, or never come back, and other connections must not wait for it.
/// </remarks>
internal sealed class DatabaseSnapshot : IAsyncDisposable
{
    private readonly StagedFile _staged;
    private readonly SqliteConnection _copy;
    private readonly IStorageFile _file;

    private DatabaseSnapshot(StagedFile staged, SqliteConnection copy, IStorageFile file)
    {
        _staged = staged;
        _copy = copy;
        _file = file;
        Length = file.Length;
    }

    /// <summary>Gets how many bytes it has.</summary>
    public long Length { get; }

    /// <summary>Makes a copy. The caller keeps the database from changing meanwhile.</summary>
    /// <param name="path">The database.</param>
    /// <param name="home">Where it lives.</param>
    /// <param name="atOnce">The pipeline that does not wait.</param>
    /// <param name="progress">Receives the progress of the copy.</param>
    /// <param name="logger">Logs that the copy cannot be deleted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<DatabaseSnapshot> CreateAsync(
        StoragePath path,
        ReadyBackend home,
        WaitPipeline atOnce,
        IProgress<StorageProgress>? progress,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        StagedFile staged = await StagedFile.CreateAsync(home, atOnce, logger, cancellationToken).ConfigureAwait(false);
        SqliteConnection? copy = null;
        IStorageFile? file = null;
        try
        {
            copy = await staged.ConnectAsync(SqliteOpenMode.ReadWriteCreate, cancellationToken).ConfigureAwait(false);
            // A half-written copy is never used, so it needs no journal, and nobody else uses it.
            SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(copy.Handle!,
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF"), copy.Handle);
            using (SqliteConnection source = await home.OpenAsync(path, cancellationToken).ConfigureAwait(false))
            {
                string failure = $"The database \"{path}\" could not be copied for its export";
                // A file that says it has a log cannot be opened in memory, nor where nothing may be written beside it.
                await PageCopy.RunAsync(source, copy, marksRollback: true, failure, StorageStage.Copying, progress, cancellationToken)
                    .ConfigureAwait(false);
            }
            if (home.DeferredCommits is not null)
                await home.Backend.FlushAsync(staged.Path, cancellationToken).ConfigureAwait(false);
            file = staged.Open();
            return new DatabaseSnapshot(staged, copy, file);
        }
        catch
        {
            file?.Dispose();
            copy?.Dispose();
            await staged.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads bytes; fewer than asked only at the end.</summary>
    /// <returns>The number of bytes read.</returns>
    public int Read(Span<byte> destination, long offset)
    {
        int wanted = (int)Math.Clamp(Length - offset, 0, destination.Length);
        return _file.Read(destination[..wanted], offset) == wanted ? wanted : throw new StorageException(StorageErrorKind.Io,
            $"The copy that is being exported ends before its {Length} bytes: {wanted} bytes at offset {offset} cannot be read.");
    }

    public async ValueTask DisposeAsync()
    {
        _file.Dispose();
        _copy.Dispose();
        await _staged.DisposeAsync().ConfigureAwait(false);
    }
}
