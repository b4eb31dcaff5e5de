using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Isar.Storage.Sqlite;

/// <summary>An initialised backend and SQLite's adapter for it.</summary>
internal sealed class ReadyBackend(
    string name, bool persistent, IStorageBackend backend, SqliteVfs vfs, IVfsRegistration registration, bool canWait) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, bool> _connectionStrings = [];
    private int _isDefault;
    private int _isAnnounced;

    public string Name => name;

    /// <summary>Gets whether it keeps what is stored.</summary>
    public bool IsPersistent => persistent;

    public IStorageBackend Backend => backend;

    public SqliteVfs Vfs => vfs;

    /// <summary>Gets the backend's way to wait before SQL runs, where there is something to wait for.</summary>
    public IDeferredCommits? DeferredCommits { get; } = backend as IDeferredCommits;

    public void MakeSqliteDefault()
    {
        if (Interlocked.Exchange(ref _isDefault, 1) == 0)
            registration.MakeDefault();
    }

    /// <summary>Tells, the first time, that its use is to be logged.</summary>
    public bool TryAnnounce() => Interlocked.Exchange(ref _isAnnounced, 1) == 0;

    public string ConnectionStringOf(StoragePath path)
    {
        string result = ConnectionStringOf(path, pooling: canWait, SqliteOpenMode.ReadWriteCreate);
        _connectionStrings[result] = true;
        return result;
    }

    /// <summary>Waits until SQL may run, and more may be written.</summary>
    public ValueTask WaitAsync(StoragePath path, CancellationToken cancellationToken) =>
        DeferredCommits?.WaitAsync(path, cancellationToken) ?? ValueTask.CompletedTask;

    /// <summary>Opens a connection to an acquired database, making it if it does not exist.</summary>
    public async ValueTask<SqliteConnection> OpenAsync(StoragePath path, CancellationToken cancellationToken)
    {
        await WaitAsync(path, cancellationToken).ConfigureAwait(false);
        return DatabaseOpener.Open(path, ConnectionStringOf(path));
    }

    /// <summary>Runs SQLite's integrity check on an acquired database that this caller keeps closed; opening it rolls back what a crash cut off.</summary>
    /// <returns>The first fault, or <see langword="null"/>.</returns>
    public async ValueTask<string?> CheckIntegrityAsync(StoragePath path, bool readOnly, CancellationToken cancellationToken)
    {
        await WaitAsync(path, cancellationToken).ConfigureAwait(false);
        using SqliteVfs.Admission admission = SqliteVfs.Admit(path);
        using SqliteConnection connection = DatabaseOpener.Open(
            path, ConnectionStringOf(path, pooling: false, readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite));
        return DatabaseOpener.CheckIntegrity(connection);
    }

    /// <summary>Deletes an acquired database with its journals, and completes when its absence is stored.</summary>
    /// <returns><see langword="false"/> when there was none.</returns>
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
        foreach (string connectionString in _connectionStrings.Keys)
            ClearPool(connectionString);
        registration.Dispose();
        vfs.Close();
        await backend.DisposeAsync().ConfigureAwait(false);
    }

    private static void ClearPool(string connectionString)
    {
        using var connection = new SqliteConnection(connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private string ConnectionStringOf(StoragePath path, bool pooling, SqliteOpenMode mode)
    {
        var builder = new SqliteConnectionStringBuilder
        {
            DataSource = vfs.DataSourceOf(path),
            Vfs = vfs.Name,
            Pooling = pooling,
        };
        if (mode != SqliteOpenMode.ReadWriteCreate)
            builder.Mode = mode;
        if (!canWait)
            builder.DefaultTimeout = 1;
        return builder.ToString();
    }
}
