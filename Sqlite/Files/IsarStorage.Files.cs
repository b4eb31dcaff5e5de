using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Isar.Storage.Sqlite;

/// <summary>Databases as files: export, import, backup.</summary>
internal sealed partial class IsarStorage
{
    private const int ChunkLength = 1 << 20;

    public async ValueTask ExportAsync(
        string database, Stream target, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        DatabaseSnapshot snapshot = await CreateSnapshotAsync(database, progress, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable deletion = snapshot.ConfigureAwait(false);
        byte[] buffer = new byte[ChunkLength];
        progress?.Report(new StorageProgress(StorageStage.Exporting, 0, snapshot.Length));
        for (long offset = 0; offset < snapshot.Length;)
        {
            int count = snapshot.Read(buffer, offset);
            await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            offset += count;
            await Task.Yield();
            progress?.Report(new StorageProgress(StorageStage.Exporting, offset, snapshot.Length));
        }
    }

    public async ValueTask ImportAsync(
        string database, Stream source, IProgress<StorageProgress>? progress, bool checkIntegrity, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        long? length = source.CanSeek ? source.Length - source.Position : null;
        DatabaseImport import = await BeginImportAsync(database, length, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable deletion = import.ConfigureAwait(false);
        byte[] buffer = new byte[ChunkLength];
        while (true)
        {
            int count = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (count == 0)
                break;
            import.Write(buffer.AsSpan(0, count));
            await Task.Yield();
            progress?.Report(import.Progress);
        }
        await FinishImportAsync(database, import, checkIntegrity, progress, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask BackupAsync(
        string database, string target, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        StoragePath other = DatabaseName.Parse(target);
        if (path == other)
        {
            throw new StorageException(StorageErrorKind.PathInvalid,
                $"The database \"{path}\" cannot be its own backup; give the backup another name.");
        }
        await HoldStillAsync(path, async (home, token) =>
        {
            using SqliteConnection source = await home.OpenAsync(path, token).ConfigureAwait(false);
            await ReplaceAsync(other, source, progress, token).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<DatabaseSnapshot> CreateSnapshotAsync(
        string database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        DatabaseSnapshot? snapshot = null;
        try
        {
            return await HoldStillAsync(path, async (home, token) =>
                snapshot = await DatabaseSnapshot.CreateAsync(path, home, pipelines.AtOnce, progress, logger, token).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (snapshot is not null)
                await snapshot.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<DatabaseImport> BeginImportAsync(string database, long? length, CancellationToken cancellationToken)
    {
        StoragePath path = DatabaseName.Parse(database);
        Home? home = await pipelines.Open.ExecuteAsync(path, progress: null, (waiting, token) =>
            resolver.FindAsync(path, anywhere: false, mayCreate: false, waiting, token), cancellationToken).ConfigureAwait(false);
        // A new database is recorded only when the file is known to be good.
        ReadyBackend backend = home?.Backend ?? await choice.ChooseAsync(cancellationToken).ConfigureAwait(false);
        await ClearUpOnceAsync(backend, cancellationToken).ConfigureAwait(false);
        return await DatabaseImport.BeginAsync(backend, pipelines.AtOnce, length, logger, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask FinishImportAsync(
        string database, DatabaseImport import, bool checkIntegrity, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        SqliteConnection source = await import.CheckAsync(checkIntegrity, Configure, progress, cancellationToken).ConfigureAwait(false);
        await ReplaceAsync(DatabaseName.Parse(database), source, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs work while no other connection can write to a database. Readers go on.</summary>
    private async ValueTask<T> HoldStillAsync<T>(
        StoragePath path, Func<ReadyBackend, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(path.Value, cancellationToken).ConfigureAwait(false))
            throw new StorageException(StorageErrorKind.NotFound, $"The database \"{path}\" does not exist.");
        return await CommitAsync(path, (home, connection, _, token) =>
            ImmediateTransaction.HoldAsync(connection, () => work(home, token)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Replaces the content of a database, or makes the database.</summary>
    private async ValueTask ReplaceAsync(
        StoragePath path, SqliteConnection source, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        bool isNew = !await ExistsAsync(path.Value, cancellationToken).ConfigureAwait(false);
        try
        {
            // A log would hold all of it once more, and be what is left when it fails.
            await CommitAsync(path, async (home, connection, _, token) =>
            {
                bool mayLog = home.Backend.Capabilities.WriteAheadLog;
                string failed = $"The database \"{path}\" could not be replaced and is what it was";
                await PageCopy.RunAsync(source, connection, marksRollback: !mayLog, failed, StorageStage.Replacing, progress, token)
                    .ConfigureAwait(false);
                if (isNew && home.BeginsLogs && !DatabaseOpener.TryBeginLog(connection))
                    logger.LogNotBegun(path.Value);
                return true;
            }, cancellationToken, beginsLog: false).ConfigureAwait(false);
        }
        catch when (isNew)
        {
            await DeleteIfEmptyAsync(path).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Deletes a new database that could not be filled, unless it is in use. A second failure, in here, is only logged.</summary>
    private async ValueTask DeleteIfEmptyAsync(StoragePath path)
    {
        try
        {
            TakenDatabase? taken = await pipelines.AtOnce.ExecuteAsync(path, progress: null, (waiting, token) =>
                resolver.TakeAsync(path, anywhere: false, "is being cleared up", waiting, token), CancellationToken.None).ConfigureAwait(false);
            if (taken?.Files is not { } files)
                return;
            await using ConfiguredAsyncDisposable releaseFiles = files.ConfigureAwait(false);
            if (files.Backend.Backend.GetLength(path) > 0)
                return;
            await files.Backend.DeleteAsync(path).ConfigureAwait(false);
            await resolver.ForgetAsync(path, taken.Home).ConfigureAwait(false);
            _known.TryRemove(path.Value, out _);
        }
        catch (StorageException e)
        {
            logger.EmptyDatabaseStays(path.Value, e);
        }
    }

    /// <summary>Deletes what imports and exports of earlier sessions left. Repeated until all of it is gone; nothing depends on it.</summary>
    private async ValueTask ClearUpOnceAsync(ReadyBackend backend, CancellationToken cancellationToken)
    {
        if (!backend.IsPersistent || backend.IsCleared)
            return;
        try
        {
            backend.IsCleared = await StagedFile.ClearAsync(backend, pipelines.AtOnce, logger, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            logger.StagedFilesUnknown(backend.Name, e);
        }
    }
}
