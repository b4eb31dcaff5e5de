using Isar.Storage.Backends.IndexedDb;
using Isar.Storage.Conformance;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker.IndexedDb;

/// <summary>What is particular to IndexedDB: commits that are stored later, a mirror that has limits, blocks of any size.</summary>
public sealed class IndexedDbBackendTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;

    private static readonly StoragePath _path = StoragePath.Parse("a.db");
    private static readonly StoragePath _other = StoragePath.Parse("b.db");

    private readonly string _directory = $"backend/{Guid.NewGuid():n}";
    private readonly List<IndexedDbBackend> _backends = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (IndexedDbBackend backend in _backends)
            await backend.DisposeAsync();
    }

    [Fact]
    public async Task Writing_has_to_wait_while_too_much_is_to_be_stored()
    {
        IndexedDbBackend backend = await StartAsync(options => options.MaxUnflushedBytes = MiB);
        await BackendUnderTest.AcquireAsync(backend, _path);
        await BackendUnderTest.AcquireAsync(backend, _other);
        using var file = (IndexedDbFile)backend.Open(_path, StorageOpenMode.Create);
        using IStorageFile other = backend.Open(_other, StorageOpenMode.Create);
        Assert.True(backend.WaitAsync(_path, CancellationToken.None).IsCompletedSuccessfully);

        Assert.True(file.TryLock(LockLevel.Exclusive));
        file.Write(Bytes.Pattern(2 * MiB), 0);
        file.CommitPhaseTwo();
        file.Unlock(LockLevel.None);
        Assert.True(file.TryLock(LockLevel.Shared));
        Assert.False(file.TryLock(LockLevel.Reserved));
        Assert.False(other.TryLock(LockLevel.Exclusive));
        file.Unlock(LockLevel.None);

        await backend.WaitAsync(_path, CancellationToken.None);
        Assert.True(other.TryLock(LockLevel.Exclusive));
        Assert.True(file.TryLock(LockLevel.Reserved));
    }

    [Fact]
    public async Task SQL_that_waits_for_nothing_meets_the_cap_as_busy()
    {
        var services = new ServiceCollection();
        services.AddWasmEngine();
        services.AddIsarStorage(options => options.Directory = _directory).UseIndexedDb(configure: options => options.MaxUnflushedBytes = MiB);
        await using ServiceProvider provider = services.BuildServiceProvider();
        IIsarStorage storage = provider.GetRequiredService<IIsarStorage>();
        await using SqliteConnection connection = await storage.OpenAsync("cap.db");
        connection.Execute("CREATE TABLE t (x)");
        int inserted = 0;
        int code = 0;
        while (inserted < 100 && (code = connection.Try("INSERT INTO t VALUES (randomblob(100000))")) == 0)
            inserted++;
        Assert.Equal(5, code);
        Assert.InRange(inserted, 5, 40);
        await storage.FlushAsync("cap.db");
        connection.Execute("INSERT INTO t VALUES (randomblob(100000))");
        Assert.Equal(inserted + 1, connection.Number("SELECT count(*) FROM t"));
        await storage.FlushAsync("cap.db");
    }

    /// <summary>Both changes of the schema get the same number and the same page, so nothing else tells them apart.</summary>
    [Fact]
    public async Task A_schema_change_that_is_undone_is_forgotten_by_the_connection_that_made_it()
    {
        await using ServiceProvider provider = CreateServices();
        IIsarStorage storage = provider.GetRequiredService<IIsarStorage>();
        await using SqliteConnection one = await storage.OpenAsync("schema.db");
        await using SqliteConnection two = await storage.OpenAsync("schema.db");
        one.Execute("CREATE TABLE kept (x); INSERT INTO kept VALUES ('kept')");
        await storage.FlushAsync("schema.db");
        Assert.Equal(1, two.Number("SELECT count(*) FROM kept"));

        await FailToStoreAsync(storage, "schema.db", () => one.Execute("CREATE TABLE undone (x)"));
        two.Execute("CREATE TABLE other (x)");
        Assert.Equal(1, one.Try("INSERT INTO undone VALUES ('lost')"));
        Assert.Equal(0, one.Number("SELECT count(*) FROM other"));
        Assert.Equal(0, two.Number("SELECT count(*) FROM other"));
        one.Execute("INSERT INTO other VALUES (1)");
        Assert.Equal(1, two.Number("SELECT count(*) FROM other"));
        Assert.Equal("ok", two.Scalar("PRAGMA integrity_check"));
        await storage.FlushAsync("schema.db");
    }

    /// <summary>The change counter is the same after both commits, and so is the file's length.</summary>
    [Fact]
    public async Task Rows_of_a_commit_that_is_undone_are_forgotten_by_the_connection_that_made_it()
    {
        await using ServiceProvider provider = CreateServices();
        IIsarStorage storage = provider.GetRequiredService<IIsarStorage>();
        await using SqliteConnection one = await storage.OpenAsync("rows.db");
        await using SqliteConnection two = await storage.OpenAsync("rows.db");
        one.Execute("CREATE TABLE t (x); INSERT INTO t VALUES ('first')");
        await storage.FlushAsync("rows.db");
        await FailToStoreAsync(storage, "rows.db", () => one.Execute("UPDATE t SET x = 'undone'"));
        two.Execute("UPDATE t SET x = 'other'");
        Assert.Equal("other", one.Scalar("SELECT x FROM t"));
        await FailToStoreAsync(storage, "rows.db", () => one.Execute("UPDATE t SET x = 'again'"));
        Assert.Equal("first", one.Scalar("SELECT x FROM t"));
        Assert.Equal("first", two.Scalar("SELECT x FROM t"));
    }

    [Fact]
    public async Task A_transaction_over_two_databases_that_waits_behind_a_failing_commit_is_undone_in_both()
    {
        await using ServiceProvider provider = CreateServices();
        IIsarStorage storage = provider.GetRequiredService<IIsarStorage>();
        await using SqliteConnection main = await storage.OpenAsync("main.db");
        await using SqliteConnection side = await storage.OpenAsync("side.db");
        main.Execute("CREATE TABLE t (x)");
        side.Execute("CREATE TABLE t (x)");
        main.Execute("ATTACH 'side.db' AS side");
        await storage.FlushAsync("main.db");
        await storage.FlushAsync("side.db");

        await FailToStoreAsync(storage, "main.db", () => main.Execute("INSERT INTO main.t VALUES (randomblob(100000))"), async () =>
        {
            // The first commit is being stored and will fail; this one waits behind it.
            await Task.Yield();
            main.Execute("BEGIN; INSERT INTO main.t VALUES (1); INSERT INTO side.t VALUES (1); COMMIT");
        });
        await Assert.ThrowsAsync<StorageException>(() => storage.FlushAsync("side.db").AsTask());
        Assert.Equal(0, main.Number("SELECT count(*) FROM main.t"));
        Assert.Equal(0, side.Number("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_commit_that_no_caller_waited_for_fails_no_later_commit_when_it_is_undone()
    {
        await using ServiceProvider provider = CreateServices();
        IIsarStorage storage = provider.GetRequiredService<IIsarStorage>();
        await using SqliteConnection connection = await storage.OpenAsync("alone.db");
        connection.Execute("CREATE TABLE t (x)");
        await storage.FlushAsync("alone.db");
        StorageException undone = await UndoAloneAsync(storage, () => connection.Execute("INSERT INTO t VALUES ('undone')"));
        Assert.Equal(StorageErrorKind.Full, undone.Kind);
        Assert.Contains("\"alone.db\"", undone.Message, StringComparison.Ordinal);

        await storage.ExecuteInTransactionAsync("alone.db", static (inside, _) =>
        {
            inside.Execute("INSERT INTO t VALUES ('stored')");
            return ValueTask.CompletedTask;
        });
        Assert.Equal("stored", connection.Scalar("SELECT group_concat(x) FROM t"));
        // A flush speaks of every commit before it, but tells each failure once.
        Assert.Same(undone, await Assert.ThrowsAsync<StorageException>(() => storage.FlushAsync("alone.db").AsTask()));
        await storage.FlushAsync("alone.db");
    }

    [Fact]
    public async Task A_commit_that_no_caller_waited_for_is_told_even_when_a_caller_waits_for_a_later_one()
    {
        await using ServiceProvider provider = CreateServices();
        IIsarStorage storage = provider.GetRequiredService<IIsarStorage>();
        await using SqliteConnection connection = await storage.OpenAsync("both.db");
        connection.Execute("CREATE TABLE t (x)");
        await storage.FlushAsync("both.db");
        List<StorageException> undone = [];
        storage.CommitUndone += (_, reason) => undone.Add(reason);
        await FailToStoreAsync(storage, "both.db", () => connection.Execute("INSERT INTO t VALUES (1)"));
        Assert.Empty(undone);

        await FailToStoreAsync(storage, "both.db", () => connection.Execute("INSERT INTO t VALUES (2)"), before: async () =>
        {
            connection.Execute("INSERT INTO t VALUES (1)");
            await Task.Yield();
        });
        Assert.Single(undone);
    }

    [Fact]
    public async Task A_logger_and_a_handler_that_throw_keep_no_commit_waiting()
    {
        await using ServiceProvider provider = CreateServices(services => services.AddLogging(logging => logging.AddProvider(new ThrowingLogger())));
        IIsarStorage storage = provider.GetRequiredService<IIsarStorage>();
        await using SqliteConnection connection = await storage.OpenAsync("log.db");
        connection.Execute("CREATE TABLE t (x)");
        await storage.FlushAsync("log.db");
        storage.CommitUndone += static (_, _) => throw new InvalidTimeZoneException();
        await UndoAloneAsync(storage, () => connection.Execute("INSERT INTO t VALUES ('undone')"));
        await FailToStoreAsync(storage, "log.db", () => connection.Execute("INSERT INTO t VALUES ('undone')"));
        connection.Execute("INSERT INTO t VALUES ('stored')");
        await Assert.ThrowsAsync<StorageException>(() => storage.FlushAsync("log.db").AsTask());
        await storage.FlushAsync("log.db");
        Assert.Equal("stored", connection.Scalar("SELECT group_concat(x) FROM t"));
    }

    [Fact]
    public async Task A_database_reaches_its_limit_and_one_beyond_it_is_not_opened()
    {
        IndexedDbBackend large = await StartAsync();
        await BackendUnderTest.AcquireAsync(large, _path);
        using (IStorageFile file = large.Open(_path, StorageOpenMode.Create))
            file.Write(Bytes.Pattern(2 * MiB), 0);
        await large.DisposeAsync();

        IndexedDbBackend small = await StartAsync(options => options.MaxDatabaseBytes = MiB);
        Assert.Equal(MiB, small.Capabilities.MaxFileLength);
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => BackendUnderTest.AcquireAsync(small, _path));
        Assert.Equal(StorageErrorKind.Full, refused.Kind);
        Assert.Contains("MaxDatabaseBytes", refused.Message, StringComparison.Ordinal);
        await BackendUnderTest.AcquireAsync(small, _other);
        using (IStorageFile file = small.Open(_other, StorageOpenMode.Create))
        {
            file.Write(Bytes.Pattern(MiB), 0);
            Assert.Equal(StorageErrorKind.Full, Assert.Throws<StorageException>(() => file.Write([1], MiB)).Kind);
            Assert.Equal(StorageErrorKind.Full, Assert.Throws<StorageException>(() => file.SetLength(MiB + 1)).Kind);
            Assert.Equal(MiB, file.Length);
        }
        await small.DisposeAsync();

        IndexedDbBackend again = await StartAsync();
        await BackendUnderTest.AcquireAsync(again, _path);
        using IStorageFile kept = again.Open(_path, StorageOpenMode.ReadOnly);
        Bytes.Equal(Bytes.Pattern(2 * MiB), kept.ReadBytes(0, 2 * MiB));
    }

    [Fact]
    public async Task A_database_keeps_the_block_size_that_it_was_made_with()
    {
        foreach (int size in (int[])[4096, 65536, 16384])
        {
            IndexedDbBackend backend = await StartAsync(options => options.BlockSize = size);
            await BackendUnderTest.AcquireAsync(backend, _path);
            using (IStorageFile file = backend.Open(_path, StorageOpenMode.Create))
            {
                file.Write(Bytes.Pattern(100_000, size), file.Length);
                file.SetLength(file.Length - 1000);
            }
            await backend.DisposeAsync();
        }
        IndexedDbBackend last = await StartAsync();
        await BackendUnderTest.AcquireAsync(last, _path);
        using IStorageFile found = last.Open(_path, StorageOpenMode.ReadOnly);
        Bytes.Equal(Bytes.Pattern(100_000, 4096)[..99_000], found.ReadBytes(0, 99_000));
        Bytes.Equal(Bytes.Pattern(100_000, 65536)[..99_000], found.ReadBytes(99_000, 99_000));
        Bytes.Equal(Bytes.Pattern(100_000, 16384)[..99_000], found.ReadBytes(198_000, 99_000));
        Assert.Equal(297_000, found.Length);
    }

    /// <summary>The page of the lock bytes is never written, so between two blocks there is a hole of a gigabyte.</summary>
    [Fact]
    public async Task Holes_take_neither_space_nor_memory_and_come_back_as_zeros()
    {
        const long Far = 1200L * MiB;
        IndexedDbBackend backend = await StartAsync(options => options.MaxDatabaseBytes = 2048L * MiB);
        await BackendUnderTest.AcquireAsync(backend, _path);
        using (IStorageFile file = backend.Open(_path, StorageOpenMode.Create))
        {
            file.Write([1], 0);
            file.Write([2], Far);
        }
        await backend.DisposeAsync();
        IndexedDbBackend again = await StartAsync(options => options.MaxDatabaseBytes = 2048L * MiB);
        var loaded = new List<StorageProgress>();
        await again.AcquireAsync(_path, new Collector(loaded), CancellationToken.None);
        Assert.True(loaded[^1].Total <= MiB, $"{loaded[^1]}");
        using IStorageFile found = again.Open(_path, StorageOpenMode.ReadOnly);
        Assert.Equal(Far + 1, found.Length);
        Bytes.Zero(found.ReadBytes(1L << 30, 65536));
        Assert.Equal([0, 2], found.ReadBytes(Far - 1, 2));
    }

    [Fact]
    public async Task A_transaction_that_is_going_on_is_not_stored()
    {
        IndexedDbBackend backend = await StartAsync();
        await BackendUnderTest.AcquireAsync(backend, _path);
        using (var file = (IndexedDbFile)backend.Open(_path, StorageOpenMode.Create))
        {
            Assert.True(file.TryLock(LockLevel.Exclusive));
            file.Write(Bytes.Pattern(200_000), 0);
            file.CommitPhaseTwo();
            file.Write(Bytes.Pattern(300_000, 2), 0);
            file.Flush();
            await backend.FlushAsync(_path, CancellationToken.None);
            // The worker ends here: nothing is released or disposed in a way that would store more.
            Assert.Equal([new StorageEntry(_path, 300_000)], await backend.ListAsync(CancellationToken.None));
            IndexedDbBackend observer = await StartAsync();
            Assert.Equal([new StorageEntry(_path, 200_000)], await observer.ListAsync(CancellationToken.None));
            file.Unlock(LockLevel.None);
        }
    }

    [Fact]
    public async Task The_durability_that_was_asked_for_shows_in_the_capabilities()
    {
        Assert.Equal(StorageDurability.Full, (await StartAsync()).Capabilities.Durability);
        Assert.Equal(
            StorageDurability.Relaxed, (await StartAsync(options => options.Durability = IndexedDbDurability.Relaxed)).Capabilities.Durability);
    }

    [Fact]
    public void Options_out_of_their_ranges_are_named()
    {
        AssertRefused(nameof(IndexedDbOptions.BlockSize), options => options.BlockSize = 5000);
        AssertRefused(nameof(IndexedDbOptions.BlockSize), options => options.BlockSize = 2048);
        AssertRefused(nameof(IndexedDbOptions.BlockSize), options => options.BlockSize = 2 * MiB);
        AssertRefused(nameof(IndexedDbOptions.MaxDatabaseBytes), options => options.MaxDatabaseBytes = 0);
        AssertRefused(nameof(IndexedDbOptions.MaxUnflushedBytes), options => options.MaxUnflushedBytes = 100);
        AssertRefused(nameof(IndexedDbOptions.Durability), options => options.Durability = (IndexedDbDurability)7);

        void AssertRefused(string name, Action<IndexedDbOptions> configure) => Assert.Equal(
            name,
            Assert.Throws<ArgumentOutOfRangeException>(() => new ServiceCollection().AddIsarStorage().UseIndexedDb(configure: configure)).ParamName);
    }

    [Fact]
    public async Task The_record_of_homes_is_replaced_only_by_who_knows_it()
    {
        using var homes = new IndexedDbHomes(_directory, TimeSpan.FromSeconds(15));
        using var others = new IndexedDbHomes(_directory, TimeSpan.FromSeconds(15));
        var opfs = new StorageHome("opfs");
        var moving = new StorageHome("opfs", MovingTo: "indexeddb");
        var moved = new StorageHome("indexeddb", LeftIn: "opfs");
        Assert.Null(await homes.GetAsync(_path, CancellationToken.None));
        Assert.False(await homes.TryReplaceAsync(_path, opfs, moving, CancellationToken.None));
        Assert.True(await homes.TryReplaceAsync(_path, null, opfs, CancellationToken.None));
        Assert.False(await others.TryReplaceAsync(_path, null, opfs, CancellationToken.None));
        Assert.True(await others.TryReplaceAsync(_path, opfs, moving, CancellationToken.None));
        Assert.Equal(moving, await homes.GetAsync(_path, CancellationToken.None));
        Assert.True(await homes.TryReplaceAsync(_path, moving, moved, CancellationToken.None));
        Assert.True(await homes.TryReplaceAsync(_other, null, opfs, CancellationToken.None));
        IReadOnlyDictionary<StoragePath, StorageHome> all = await others.ListAsync(CancellationToken.None);
        Assert.Equal((2, moved, opfs), (all.Count, all[_path], all[_other]));
        Assert.True(await homes.TryReplaceAsync(_path, moved, null, CancellationToken.None));
        Assert.Null(await others.GetAsync(_path, CancellationToken.None));
    }

    private ServiceProvider CreateServices(Action<IServiceCollection>? configure = null)
    {
        var services = new ServiceCollection();
        configure?.Invoke(services);
        services.AddWasmEngine();
        services.AddIsarStorage(options => options.Directory = _directory).UseIndexedDb();
        return services.BuildServiceProvider();
    }

    /// <summary>Commits while IndexedDB has no space left, and hears of it by the event alone.</summary>
    private static async Task<StorageException> UndoAloneAsync(IIsarStorage storage, Action commit)
    {
        var told = new TaskCompletionSource<StorageException>(TaskCreationOptions.RunContinuationsAsynchronously);
        storage.CommitUndone += (_, reason) => told.TrySetResult(reason);
        FullStore.Begin();
        try
        {
            commit();
            return await told.Task;
        }
        finally
        {
            FullStore.End();
        }
    }

    /// <summary>Commits while IndexedDB has no space left, and waits until the commit is undone.</summary>
    private static async Task FailToStoreAsync(
        IIsarStorage storage, string name, Action commit, Func<Task>? meanwhile = null, Func<Task>? before = null)
    {
        FullStore.Begin();
        try
        {
            if (before is not null)
                await before();
            commit();
            Task flushing = storage.FlushAsync(name).AsTask();
            if (meanwhile is not null)
                await meanwhile();
            Assert.Equal(StorageErrorKind.Full, (await Assert.ThrowsAsync<StorageException>(() => flushing)).Kind);
        }
        finally
        {
            FullStore.End();
        }
    }

    private async Task<IndexedDbBackend> StartAsync(Action<IndexedDbOptions>? configure = null)
    {
        var options = new IndexedDbOptions();
        configure?.Invoke(options);
        var backend = new IndexedDbBackend(_directory, options, TimeSpan.FromSeconds(15), NullLogger.Instance);
        _backends.Add(backend);
        await backend.InitializeAsync(CancellationToken.None);
        return backend;
    }

    private sealed class Collector(List<StorageProgress> reports) : IProgress<StorageProgress>
    {
        public void Report(StorageProgress value) => reports.Add(value);
    }

    private sealed class ThrowingLogger : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidTimeZoneException();

        public void Dispose()
        {
        }
    }
}
