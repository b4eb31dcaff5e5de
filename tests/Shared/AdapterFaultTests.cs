using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.SharedTests;

/// <summary>
/// What a backend throws reaches SQL as the right extended code, through whichever binding these tests are compiled for, and never
/// harms the database. This file is compiled into the native tests and into the tests that run in a browser's worker.
/// </summary>
public sealed class AdapterFaultTests : IAsyncLifetime
{
    private const string Setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t (x) VALUES (randomblob(6000)), ('kept')";

    private readonly FaultPlan _plan = new();
    private readonly ServiceProvider _services;

    public AdapterFaultTests()
    {
        var services = new ServiceCollection();
        services.AddIsarStorage().AddBackend("faulty", context => new FaultyBackend(CreateMemory(context), _plan));
        Engine.AddTo(services);
        _services = services.BuildServiceProvider();
    }

    public async Task InitializeAsync()
    {
        await using SqliteConnection connection = await OpenAsync();
        Assert.Equal(0, Try(connection, Setup));
    }

    public Task DisposeAsync()
    {
        _plan.Fault = null;
        return _services.DisposeAsync().AsTask();
    }

    [Fact]
    public Task A_failed_read_is_IOERR_READ() => FailsAsync(FileOperation.Read, 10 | (1 << 8), "SELECT * FROM t");

    [Fact]
    public Task A_failed_write_is_IOERR_WRITE() => FailsAsync(FileOperation.Write, 10 | (3 << 8), "UPDATE t SET x = 1");

    [Fact]
    public Task A_failed_flush_is_IOERR_FSYNC() => FailsAsync(FileOperation.Flush, 10 | (4 << 8), "UPDATE t SET x = 1");

    [Fact]
    public Task A_failed_cut_is_IOERR_TRUNCATE() =>
        FailsAsync(FileOperation.SetLength, 10 | (6 << 8), "UPDATE t SET x = 1", "PRAGMA journal_mode = truncate");

    [Fact]
    public Task A_failed_length_is_IOERR_FSTAT() => FailsAsync(FileOperation.GetLength, 10 | (7 << 8), "SELECT * FROM t");

    [Fact]
    public Task A_failed_delete_is_IOERR_DELETE() => FailsAsync(FileOperation.Delete, 10 | (10 << 8), "UPDATE t SET x = 1");

    [Fact]
    public Task A_failed_look_for_a_file_is_IOERR_ACCESS() => FailsAsync(FileOperation.Exists, 10 | (13 << 8), "SELECT * FROM t");

    [Fact]
    public Task A_failed_look_for_a_lock_is_IOERR_CHECKRESERVEDLOCK() =>
        FailsAsync(FileOperation.IsReserved, 10 | (14 << 8), "SELECT * FROM t", "PRAGMA journal_mode = persist; UPDATE t SET id = id");

    [Fact]
    public Task A_failed_lock_is_IOERR_LOCK() => FailsAsync(FileOperation.Lock, 10 | (15 << 8), "SELECT * FROM t");

    [Fact]
    public Task A_failed_open_of_a_journal_is_CANTOPEN() => FailsAsync(FileOperation.Open, 14, "UPDATE t SET x = 1");

    [Fact]
    public async Task A_failed_unlock_harms_nothing()
    {
        await using SqliteConnection connection = await OpenAsync();
        _plan.Fault = (operation, _) => operation == FileOperation.Unlock ? new InvalidOperationException("broken") : null;
        Try(connection, "UPDATE t SET x = 'changed' WHERE x = 'kept'");
        _plan.Fault = null;
        AssertSound(connection);
    }

    [Fact]
    public Task Full_storage_is_FULL() => FailsToWriteAsync(StorageErrorKind.Full, 13);

    [Fact]
    public Task Read_only_storage_is_READONLY() => FailsToWriteAsync(StorageErrorKind.ReadOnly, 8);

    [Fact]
    public Task A_missing_permission_is_PERM() => FailsToWriteAsync(StorageErrorKind.PermissionDenied, 3);

    [Fact]
    public Task Corrupt_storage_is_CORRUPT() => FailsToWriteAsync(StorageErrorKind.Corrupt, 11);

    [Fact]
    public Task Storage_that_fails_otherwise_has_the_operations_code() => FailsToWriteAsync(StorageErrorKind.Io, 10 | (3 << 8));

    [Fact]
    public Task Busy_storage_is_BUSY_and_no_IO_error() =>
        FailsAsync(FileOperation.Lock, 5, "SELECT * FROM t", failure: new StorageException(StorageErrorKind.Busy, "held"));

    [Fact]
    public Task Too_little_memory_is_NOMEM() =>
        FailsAsync(FileOperation.Write, 7, "UPDATE t SET x = 1", failure: new OutOfMemoryException());

    [Fact]
    public Task A_journal_that_may_not_be_created_is_READONLY_DIRECTORY() =>
        FailsAsync(FileOperation.Open, 8 | (6 << 8), "UPDATE t SET x = 1", failure: new StorageException(StorageErrorKind.PermissionDenied, "no"));

    [Fact]
    public Task A_journal_that_is_there_but_may_not_be_opened_is_CANTOPEN() => FailsAsync(
        FileOperation.Open, 14, "UPDATE t SET x = 1", "PRAGMA journal_mode = persist; UPDATE t SET id = id",
        new StorageException(StorageErrorKind.PermissionDenied, "no"));

    [Fact]
    public async Task An_empty_journal_is_no_journal()
    {
        await using SqliteConnection connection = await OpenAsync();
        Assert.Equal(0, Try(connection, "PRAGMA journal_mode = truncate; UPDATE t SET id = id"));
        bool opens = false;
        _plan.Fault = (operation, _) =>
        {
            opens |= operation == FileOperation.Open;
            return null;
        };
        Assert.Equal(0, Try(connection, "SELECT * FROM t"));
        Assert.False(opens);
    }

    /// <summary>SQLite's own way to test a VFS: let every single operation of a transaction fail, once each.</summary>
    [Fact]
    public async Task Whichever_operation_fails_the_transaction_happens_whole_or_not_at_all()
    {
        int failed = 0;
        for (int n = 1; ; n++)
        {
            await using SqliteConnection connection = await OpenAsync();
            Assert.Equal(0, Try(connection, "DELETE FROM t; INSERT INTO t (x) VALUES (randomblob(6000)), ('kept')"));
            Assert.Equal(0, Try(connection, "PRAGMA cache_size = 2"));
            int left = n;
            _plan.Fault = (_, _) => --left == 0 ? new StorageException(StorageErrorKind.Io, "broken") : null;
            int code = Try(connection, """
                BEGIN IMMEDIATE;
                UPDATE t SET x = 'changed' WHERE x = 'kept';
                INSERT INTO t (x) SELECT randomblob(3000) FROM (VALUES (1), (2), (3), (4), (5), (6));
                COMMIT
                """);
            bool reached = left <= 0;
            _plan.Fault = null;
            if (raw.sqlite3_get_autocommit(connection.Handle!) == 0)
                Assert.Equal(0, Try(connection, "ROLLBACK"));
            AssertSound(connection);
            long rows = Number(connection, "SELECT count(*) FROM t");
            long changed = Number(connection, "SELECT count(*) FROM t WHERE x = 'changed'");
            Assert.True((rows, changed) is (2, 0) or (8, 1), $"Operation {n} left {rows} rows, {changed} of them changed.");
            if (code == 0)
                Assert.Equal((8, 1), (rows, changed));
            else
                failed++;
            if (!reached)
                break;
        }
        Assert.InRange(failed, 20, 1000);
    }

    private Task FailsToWriteAsync(StorageErrorKind kind, int code) =>
        FailsAsync(FileOperation.Write, code, "UPDATE t SET x = 1", failure: new StorageException(kind, "broken"));

    private async Task FailsAsync(FileOperation operation, int code, string sql, string? before = null, Exception? failure = null)
    {
        await using SqliteConnection connection = await OpenAsync();
        Assert.Equal(0, Try(connection, before ?? ""));
        // So that nothing of the database is cached.
        await using (SqliteConnection other = await OpenAsync())
            Assert.Equal(0, Try(other, $"{before}; UPDATE t SET id = id"));
        _plan.Fault = (met, _) => met == operation ? failure ?? new InvalidOperationException("broken") : null;
        Assert.Equal(code, Try(connection, sql));
        _plan.Fault = null;
        AssertSound(connection);
        Assert.Equal(1, Number(connection, "SELECT count(*) FROM t WHERE x = 'kept'"));
        Assert.Equal(0, Try(connection, "UPDATE t SET x = 'changed' WHERE x = 'kept'"));
    }

    private ValueTask<SqliteConnection> OpenAsync() => _services.GetRequiredService<IIsarStorage>().OpenAsync("faulty.db");

    private static void AssertSound(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", command.ExecuteScalar());
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Not by a command, which would wait on a busy database.</summary>
    private static int Try(SqliteConnection connection, string sql)
    {
        sqlite3 handle = connection.Handle!;
        return raw.sqlite3_exec(handle, sql) == raw.SQLITE_OK ? raw.SQLITE_OK : raw.sqlite3_extended_errcode(handle);
    }

    private static IStorageBackend CreateMemory(BackendContext context)
    {
        var memory = new ServiceCollection();
        new Builder(memory).UseMemory();
        return ((BackendRegistration)memory.Single().ImplementationInstance!).Create(context);
    }

    private sealed record Builder(IServiceCollection Services) : IIsarStorageBuilder;
}
