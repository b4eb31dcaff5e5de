using Isar.Storage.Backends.Memory;
using Isar.Storage.Backends.Native;
using Isar.Storage.Conformance;
using Isar.Storage.Sqlite;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary>On a backend without shared memory, who meets a write-ahead log is refused, and nothing is damaged.</summary>
public sealed class WithoutSharedMemoryTests : IAsyncDisposable
{
    private const string Name = "logged.db";

    private readonly string _folder = Directory.CreateTempSubdirectory("isar-no-wal-").FullName;
    private readonly LogCapture _log = new();
    private readonly ServiceProvider _services;

    public WithoutSharedMemoryTests() => _services = new ServiceCollection()
        .AddLogging(logging => logging.AddProvider(_log))
        .AddIsarStorage()
        .AddBackend("plain", _ => new PlainBackend(_folder))
        .Services.BuildServiceProvider();

    private IIsarStorage Storage => _services.GetRequiredService<IIsarStorage>();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_mode_is_not_offered()
    {
        await using SqliteConnection connection = await Storage.OpenAsync(Name);
        Assert.Equal("delete", Database.Execute(connection, "PRAGMA journal_mode = wal"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_database_in_wal_mode_is_refused_until_it_is_changed_back(bool isLogLeft)
    {
        byte[]? log = MakeLogged();
        if (isLogLeft)
            await File.WriteAllBytesAsync(Path.Combine(_folder, Name + "-wal"), log);
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => Storage.OpenAsync(Name).AsTask());
        Assert.Equal(StorageErrorKind.Unavailable, refused.Kind);
        Assert.Contains("journal_mode=WAL", refused.Message, StringComparison.Ordinal);

        using (SqliteConnection stock = ConnectStock())
            Assert.Equal("delete", Database.Execute(stock, "PRAGMA journal_mode = delete"));
        await using SqliteConnection connection = await Storage.OpenAsync(Name);
        Assert.Equal(2L, Database.Execute(connection, "SELECT count(*) FROM t"));
    }

    /// <summary>SQLite itself says only "unable to open database file".</summary>
    [Fact]
    public async Task The_log_says_once_why_a_connection_string_is_of_no_use()
    {
        MakeLogged();
        await Storage.PrepareAsync(Name);
        using var connection = new SqliteConnection(Storage.GetConnectionString(Name));
        connection.Open();
        Assert.Equal(raw.SQLITE_CANTOPEN, raw.sqlite3_exec(connection.Handle, "SELECT * FROM t"));
        Assert.Equal(raw.SQLITE_CANTOPEN, raw.sqlite3_exec(connection.Handle, "SELECT * FROM t"));
        Exception told = Assert.Single(_log.Exceptions);
        Assert.Contains("journal_mode=WAL", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_has_the_database_alone_is_told_nothing()
    {
        MakeLogged();
        await Storage.PrepareAsync(Name);
        using var connection = new SqliteConnection(Storage.GetConnectionString(Name));
        connection.Open();
        Assert.Equal("exclusive", Database.Execute(connection, "PRAGMA locking_mode = exclusive"));
        Assert.Equal(2L, Database.Execute(connection, "SELECT count(*) FROM t"));
        Database.Execute(connection, "INSERT INTO t VALUES (3)");
        Assert.Empty(_log.Exceptions);
    }

    [Fact]
    public async Task A_new_database_has_a_rollback_journal_where_memory_cannot_be_shared()
    {
        await using ServiceProvider services = new ServiceCollection().AddIsarStorage()
            .AddBackend("refusing", _ => new RefusingBackend(_folder)).Services.BuildServiceProvider();
        IIsarStorage storage = services.GetRequiredService<IIsarStorage>();
        await using (SqliteConnection connection = await storage.OpenAsync("new.db"))
            Assert.Equal("delete", Database.Execute(connection, "PRAGMA journal_mode; CREATE TABLE t (x); INSERT INTO t VALUES (1)"));
        await using SqliteConnection again = await storage.OpenAsync("new.db");
        Assert.Equal(1L, Database.Execute(again, "SELECT count(*) FROM t"));
        Assert.Equal("normal", Database.Execute(again, "PRAGMA locking_mode"));
    }

    [Theory]
    [InlineData(3_050_004, 1)]
    [InlineData(3_051_002, 1)]
    [InlineData(3_051_003, 0)]
    [InlineData(3_053_004, 0)]
    public void A_log_with_an_sqlite_that_can_damage_it_is_warned_of_once(int engineVersion, int warnings)
    {
        var vfs = new SqliteVfs("warned", new MemoryBackend(new MemoryBackendOptions()), 0, TimeProvider.System, _log);
        vfs.NoteWriteAheadLog(engineVersion);
        vfs.NoteWriteAheadLog(engineVersion);
        Assert.Equal(warnings, _log.Warnings.Count(warning => warning.Contains("3.51.3", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_sqlite_of_these_tests_needs_no_warning() => Assert.True(raw.sqlite3_libversion_number() >= 3_051_003);

    /// <summary>Makes a database in WAL mode with two rows, the second of which its log has too.</summary>
    /// <returns>The log.</returns>
    private byte[] MakeLogged()
    {
        using SqliteConnection stock = ConnectStock();
        Database.Execute(stock, "PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
        const FileShare Everything = FileShare.ReadWrite | FileShare.Delete;
        using FileStream log = File.Open(Path.Combine(_folder, Name + "-wal"), FileMode.Open, FileAccess.Read, Everything);
        byte[] content = new byte[log.Length];
        log.ReadExactly(content);
        return content;
    }

    /// <summary>Connects with SQLite's own VFS for Unix.</summary>
    private SqliteConnection ConnectStock()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, Name)};Vfs=unix;Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Native files on a file system that cannot share memory, as it turns out when SQLite asks for it.</summary>
    private sealed class RefusingBackend(string folder) : DelegatingBackend(new NativeBackend(folder))
    {
        public override IStorageFile Open(StoragePath path, StorageOpenMode mode) => new RefusingFile(base.Open(path, mode));

        private sealed class RefusingFile(IStorageFile inner) : DelegatingFile(inner), ISharedMemory
        {
            public SharedMemoryAccess ShmMap(int region, int length, bool extend, bool readOnly, out nint address) =>
                throw new StorageException(StorageErrorKind.Io, "Memory cannot be mapped here.");

            public bool TryShmLock(int slot, int count, bool exclusive) => throw new StorageException(StorageErrorKind.Io, "Nothing is mapped.");

            public void ShmUnlock(int slot, int count)
            {
            }

            public void ShmUnmap(bool delete)
            {
            }
        }
    }

    /// <summary>Native files without shared memory.</summary>
    private sealed class PlainBackend(string folder) : DelegatingBackend(new NativeBackend(folder))
    {
        public override StorageCapabilities Capabilities => base.Capabilities with { WriteAheadLog = false };

        public override IStorageFile Open(StoragePath path, StorageOpenMode mode) => new PlainFile(base.Open(path, mode));

        private sealed class PlainFile(IStorageFile inner) : DelegatingFile(inner);
    }
}
