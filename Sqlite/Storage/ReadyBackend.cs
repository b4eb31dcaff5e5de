using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Isar.Storage.Sqlite;

/// <summary>An initialised backend, SQLite's adapter for it, and the leases of its databases where they are used by turns.</summary>
internal sealed class ReadyBackend(
    string name, bool persistent, IStorageBackend backend, SqliteVfs vfs, IVfsRegistration registration, bool canWait, bool beginsLogs)
    : IAsyncDisposable
{
    private int _isDefault;
    private int _isAnnounced;
    private volatile bool _isCleared;

    public string Name => name;

    /// <summary>Gets whether data outlives the process or page.</summary>
    public bool IsPersistent => persistent;

    public IStorageBackend Backend => backend;

    public SqliteVfs Vfs => vfs;

    /// <summary>Gets the backend's wait before SQL runs, or <see langword="null"/> where it never needs one.</summary>
    public IDeferredCommits? DeferredCommits { get; } = backend as IDeferredCommits;

    /// <summary>Gets the leases, or <see langword="null"/> where files need not be acquired.</summary>
    public LeaseTable? Leases => vfs.Leases;

    public void MakeSqliteDefault()
    {
        if (Interlocked.Exchange(ref _isDefault, 1) == 0)
            registration.MakeDefault();
    }

    /// <summary>Gets or sets whether the files that imports and exports of earlier sessions left here are deleted.</summary>
    public bool IsCleared
    {
        get => _isCleared;
        set => _isCleared = value;
    }

    /// <summary>Gets whether the use of this backend is still to be logged; true for the first call only.</summary>
    public bool TryAnnounce() => Interlocked.Exchange(ref _isAnnounced, 1) == 0;

    /// <summary>
    /// Gets the connection string of a database. It switches Microsoft.Data.Sqlite's pool off, which would hand a disposed connection on
    /// with its open transaction, temporary tables, attached databases and settings.
    /// </summary>
    public string ConnectionStringOf(StoragePath path, SqliteOpenMode mode = SqliteOpenMode.ReadWriteCreate)
    {
        var builder = new SqliteConnectionStringBuilder
        {
            DataSource = vfs.DataSourceOf(path),
            Vfs = vfs.Name,
            Pooling = false,
        };
        if (mode != SqliteOpenMode.ReadWriteCreate)
            builder.Mode = mode;
        if (!canWait)
            builder.DefaultTimeout = 1;
        return builder.ToString();
    }

    /// <summary>Acquires a database, and what its recovery needs, until the result is disposed.</summary>
    public ValueTask<DatabaseUse> UseAsync(StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) =>
        AcquireAsync(path, alone: false, progress, cancellationToken);

    /// <summary>
    /// Acquires a database, and what its recovery needs, for a caller that keeps it closed for all others here. Other tabs and processes can
    /// have it again after <see cref="ReleaseAsync"/>.
    /// </summary>
    public ValueTask<DatabaseUse> TakeAsync(StoragePath path, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) =>
        AcquireAsync(path, alone: true, progress, cancellationToken);

    /// <summary>Releases a database that is not open here.</summary>
    public ValueTask ReleaseAsync(StoragePath path) => Leases?[path].ReleaseAsync() ?? ValueTask.CompletedTask;

    /// <summary>Waits until SQL may run, and more may be written.</summary>
    public ValueTask WaitAsync(StoragePath path, CancellationToken cancellationToken) =>
        DeferredCommits?.WaitAsync(path, cancellationToken) ?? ValueTask.CompletedTask;

    /// <summary>Gets whether new databases get a write-ahead log.</summary>
    public bool BeginsLogs { get; } = beginsLogs && backend.Capabilities.WriteAheadLog;

    /// <summary>Opens a connection to an acquired database, making it if it does not exist.</summary>
    /// <param name="path">The database.</param>
    /// <param name="cancellationToken">Ends the wait before.</param>
    /// <param name="beginsLog">Whether a new one gets its write-ahead log now, where it gets one.</param>
    public async ValueTask<SqliteConnection> OpenAsync(StoragePath path, CancellationToken cancellationToken, bool beginsLog = true)
    {
        await WaitAsync(path, cancellationToken).ConfigureAwait(false);
        return DatabaseOpener.Open(path, ConnectionStringOf(path), beginsLog && BeginsLog(path));
    }

    /// <summary>Opens a connection of the host's own to an acquired database, making it if it does not exist.</summary>
    public async ValueTask<nint> OpenAsync(StoragePath path, Func<string, string, string, nint> open, CancellationToken cancellationToken)
    {
        await WaitAsync(path, cancellationToken).ConfigureAwait(false);
        return DatabaseOpener.Open(path, sql => open(vfs.DataSourceOf(path), vfs.Name, sql), BeginsLog(path));
    }

    /// <summary>Opens a connection to an acquired database that this caller keeps closed for all others.</summary>
    public async ValueTask<SqliteConnection> OpenAloneAsync(StoragePath path, SqliteOpenMode mode, CancellationToken cancellationToken)
    {
        await WaitAsync(path, cancellationToken).ConfigureAwait(false);
        using VfsCall.Admission admission = VfsCall.Admit(path);
        return DatabaseOpener.Open(path, ConnectionStringOf(path, mode));
    }

    /// <summary>Runs SQLite's integrity check on an acquired database that this caller keeps closed; it rolls back what a crash cut off.</summary>
    /// <returns>
    /// The first fault, or <see langword="null"/>; also where SQLite cannot check it without functions or collations of the app.
    /// </returns>
    public async ValueTask<string?> CheckIntegrityAsync(StoragePath path, bool readOnly, CancellationToken cancellationToken)
    {
        SqliteOpenMode mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite;
        using SqliteConnection connection = await OpenAloneAsync(path, mode, cancellationToken).ConfigureAwait(false);
        try
        {
            return DatabaseOpener.CheckIntegrity(connection);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_ERROR)
        {
            return null;
        }
    }

    /// <summary>
    /// Gives an acquired database that this caller keeps closed a rollback journal, so that its file is all of it: what only its write-ahead
    /// log holds is moved into it.
    /// </summary>
    public async ValueTask EndLogAsync(StoragePath path, CancellationToken cancellationToken)
    {
        if (!backend.Capabilities.WriteAheadLog)
            return;
        using SqliteConnection connection = await OpenAloneAsync(path, SqliteOpenMode.ReadWrite, cancellationToken).ConfigureAwait(false);
        try
        {
            DatabaseOpener.EndLog(connection);
        }
        catch (SqliteException e)
        {
            StorageErrorKind kind = e.SqliteErrorCode == SqliteCode.Busy ? StorageErrorKind.Busy : StorageErrorKind.Io;
            throw new StorageException(kind, $"The write-ahead log of \"{path}\" cannot be ended: {e.Message}", e);
        }
    }

    /// <summary>Deletes an acquired database with its journals, and completes when its absence is stored.</summary>
    /// <returns><see langword="false"/> when it did not exist.</returns>
    public async ValueTask<bool> DeleteAsync(StoragePath path)
    {
        bool existed = backend.Exists(path);
        foreach (StoragePath file in DatabaseName.FilesOf(path).Where(backend.Exists))
            backend.Delete(file, flush: true);
        if (DeferredCommits is not null)
            await backend.FlushAsync(path, CancellationToken.None).ConfigureAwait(false);
        return existed;
    }

    public async ValueTask DisposeAsync()
    {
        registration.Dispose();
        vfs.Close();
        try
        {
            await backend.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            Leases?.Dispose();
        }
    }

    /// <summary>Tells whether a database is new, and gets a write-ahead log.</summary>
    private bool BeginsLog(StoragePath path) => BeginsLogs && backend.GetLength(path) is null or 0;

    private async ValueTask<DatabaseUse> AcquireAsync(
        StoragePath path, bool alone, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var use = new DatabaseUse();
        try
        {
            if (Leases is { } leases)
                await EnterLeasesAsync(use, leases, path, alone, progress, cancellationToken).ConfigureAwait(false);
            if (alone && backend is IOtherProcesses others && others.IsOpenElsewhere(path))
            {
                throw new StorageException(StorageErrorKind.Busy,
                    $"The database \"{path}\" is open in another process, or by another service provider of this one. Close it there.");
            }
            return use;
        }
        catch
        {
            use.Dispose();
            // The database may be acquired already, although one that it links to is not.
            if (alone && Leases is { } leases)
                await leases[path].AbandonAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask EnterLeasesAsync(
        DatabaseUse use, LeaseTable leases, StoragePath path, bool alone, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        HashSet<StoragePath> seen = [path];
        var waiting = new Queue<StoragePath>(seen);
        while (waiting.TryDequeue(out StoragePath next))
        {
            use.Add(alone && next == path
                ? await leases[next].TakeAsync(progress, cancellationToken).ConfigureAwait(false)
                : await leases[next].EnterAsync(progress, cancellationToken).ConfigureAwait(false));
            foreach (StoragePath link in (backend as ILinkedDatabases)?.GetLinks(next) ?? [])
            {
                if (seen.Add(link))
                    waiting.Enqueue(link);
            }
        }
        foreach (StoragePath acquired in seen)
            (backend as ILinkedDatabases)?.ClearLinks(acquired);
    }
}
