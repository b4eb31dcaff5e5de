using Isar.Storage.Backends.Native;
using Isar.Storage.Tests.Conformance;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Resilience;

/// <summary>The two forms of SQLITE_BUSY that only a write-ahead log has lead to another attempt of the whole transaction.</summary>
public sealed class WriteAheadLogRetryTests : IAsyncLifetime
{
    private const string Name = "logged.db";

    private readonly NativeUnderTest _place = new();
    private readonly TimerClock _clock = new();
    private readonly ServiceProvider _services;

    public WriteAheadLogRetryTests()
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        _place.Register(services.AddIsarStorage(options => options.Directory = _place.Directory));
        _services = services.BuildServiceProvider();
    }

    private IIsarStorage Storage => _services.GetRequiredService<IIsarStorage>();

    public async Task InitializeAsync()
    {
        await using SqliteConnection connection = await Storage.OpenAsync(Name);
        Database.Execute(connection, "PRAGMA journal_mode = wal; CREATE TABLE n (v INTEGER); INSERT INTO n VALUES (0)");
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _place.DisposeAsync();
    }

    [Fact]
    public async Task Work_whose_reading_is_overtaken_by_a_commit_is_done_again()
    {
        List<int> codes = [];
        Task running = Storage.ExecuteInTransactionAsync("other.db", async (_, token) =>
        {
            // A transaction that begins with reading, on another database, as an app has it that knows nothing of this one.
            await using SqliteConnection late = await Storage.OpenAsync(Name, progress: null, token);
            Database.Execute(late, "BEGIN; SELECT v FROM n");
            if (codes.Count == 0)
            {
                await using SqliteConnection early = await Storage.OpenAsync(Name, progress: null, token);
                Database.Execute(early, "UPDATE n SET v = v + 10");
            }
            codes.Add(raw.sqlite3_exec(late.Handle, "UPDATE n SET v = v + 1") == raw.SQLITE_OK ? 0 : raw.sqlite3_extended_errcode(late.Handle));
            SqliteException.ThrowExceptionForRC(codes[^1] & 0xff, late.Handle);
            Database.Execute(late, "COMMIT");
        }).AsTask();
        await _clock.AdvanceUntilAsync(running);
        await running;
        Assert.Equal([raw.SQLITE_BUSY | (2 << 8), 0], codes);
        Assert.Equal(11L, await ReadAsync());
    }

    [Fact]
    public async Task Who_comes_while_the_index_of_a_log_is_made_anew_waits()
    {
        const int Write = 0;
        const int Recover = 2;
        await using var backend = new NativeBackend(_place.Directory);
        await backend.InitializeAsync(CancellationToken.None);
        using IStorageFile file = backend.Open(StoragePath.Parse(Name), StorageOpenMode.ReadWrite);
        var memory = (ISharedMemory)file;
        Assert.True(file.TryLock(LockLevel.Shared));
        memory.ShmMap(0, 32768, extend: true, readOnly: false, out _);
        Assert.True(memory.TryShmLock(Write, 1, exclusive: true) && memory.TryShmLock(Recover, 1, exclusive: true));

        using (var refused = new SqliteConnection(Storage.GetConnectionString(Name)))
        {
            refused.Open();
            raw.sqlite3_exec(refused.Handle, "SELECT v FROM n");
            Assert.Equal(raw.SQLITE_BUSY | (1 << 8), raw.sqlite3_extended_errcode(refused.Handle));
        }
        Task running = Storage.ExecuteInTransactionAsync(Name, (connection, _) =>
        {
            Database.Execute(connection, "UPDATE n SET v = v + 1");
            return ValueTask.CompletedTask;
        }).AsTask();
        Assert.False(running.IsCompleted);
        int timers = 0;
        await _clock.AdvanceUntilAsync(running, onTimer: _ =>
        {
            if (++timers == 3)
                file.Dispose();
        });
        await running;
        Assert.Equal(1L, await ReadAsync());
    }

    private async Task<object?> ReadAsync()
    {
        await using SqliteConnection connection = await Storage.OpenAsync(Name);
        return Database.Execute(connection, "SELECT v FROM n");
    }
}
