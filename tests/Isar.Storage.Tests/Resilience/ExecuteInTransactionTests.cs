using Isar.Storage.Conformance;
using Isar.Storage.Tests.Conformance;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Isar.Storage.Tests.Resilience;

public sealed class MemoryExecuteInTransactionTests() : ExecuteInTransactionTests(new MemoryUnderTest());

public sealed class NativeExecuteInTransactionTests() : ExecuteInTransactionTests(new NativeUnderTest());

/// <summary>Transactions as a whole, on any backend.</summary>
public abstract class ExecuteInTransactionTests(BackendUnderTest underTest) : IAsyncLifetime
{
    private const string Schema = "CREATE TABLE n (v INTEGER); INSERT INTO n VALUES (0)";
    private const string Increment = "UPDATE n SET v = v + 1";

    private readonly string _database = $"transaction-{Guid.NewGuid():N}.db";
    private readonly TimerClock _clock = new();
    private readonly LogCapture _log = new();
    private TelemetryCapture? _telemetry;
    private ServiceProvider? _services;

    private IIsarStorage Storage => _services!.GetRequiredService<IIsarStorage>();

    public Task InitializeAsync() => StartAsync(_clock);

    public async Task DisposeAsync()
    {
        await _services!.DisposeAsync();
        _telemetry!.Dispose();
        await underTest.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_the_work_did_is_committed_and_its_result_returned()
    {
        long result = await Storage.ExecuteInTransactionAsync(_database, static (connection, _) =>
        {
            Database.Execute(connection, Increment);
            return ValueTask.FromResult((long)Database.Execute(connection, "SELECT v FROM n")!);
        });
        Assert.Equal(1, result);
        Assert.Equal(1, await ReadAsync());
        Assert.Equal(["isar.storage.transactions 1 succeeded"], _telemetry!.Measurements);
        Assert.Equal(["isar.storage.transaction transaction 1 succeeded"], _telemetry.ActivityTexts);
    }

    [Fact]
    public async Task Work_without_a_result_and_in_a_new_database()
    {
        string other = "new-" + _database;
        await Storage.ExecuteInTransactionAsync(other, static async (connection, token) =>
        {
            await using SqliteCommand command = new(Schema, connection);
            await command.ExecuteNonQueryAsync(token);
        });
        Assert.True(await Storage.ExistsAsync(other));
    }

    [Fact]
    public async Task An_exception_of_the_work_rolls_back_and_reaches_the_caller()
    {
        var own = new InvalidDataException("of the app");
        int runs = 0;
        Assert.Same(own, await Assert.ThrowsAsync<InvalidDataException>(() => Storage.ExecuteInTransactionAsync(_database, (connection, _) =>
        {
            runs++;
            Database.Execute(connection, Increment);
            throw own;
        }).AsTask()));
        Assert.Equal(1, runs);
        Assert.Equal(0, await ReadAsync());
        Assert.Equal(["isar.storage.transaction transaction 1 failed"], _telemetry!.ActivityTexts);
        await IncrementAsync();
        Assert.Equal(1, await ReadAsync());
    }

    [Fact]
    public async Task An_error_of_SQL_is_not_repeated()
    {
        int runs = 0;
        SqliteException failure = await Assert.ThrowsAsync<SqliteException>(() => Storage.ExecuteInTransactionAsync(_database, (connection, _) =>
        {
            runs++;
            Database.Execute(connection, "SELECT * FROM missing");
            return ValueTask.CompletedTask;
        }).AsTask());
        Assert.Equal((1, 1), (failure.SqliteErrorCode, runs));
    }

    [Fact]
    public async Task Another_writer_is_waited_for_without_blocking()
    {
        await using SqliteConnection other = await Storage.OpenAsync(_database);
        Database.Execute(other, "BEGIN IMMEDIATE; UPDATE n SET v = 10");
        Task<long> running = IncrementAsync();
        // Returned although the other one still holds the lock on this very thread.
        Assert.False(running.IsCompleted);
        int timers = 0;
        await _clock.AdvanceUntilAsync(running, onTimer: _ =>
        {
            if (++timers == 4)
                Database.Execute(other, "COMMIT");
        });
        Assert.Equal(11, await running);
        Assert.Equal([$"A transaction on {_database} waits, because others are in its way"], Waits());
        Assert.Equal(["isar.storage.transaction transaction 5 succeeded"], _telemetry!.ActivityTexts);
    }

    [Fact]
    public async Task A_writer_that_never_ends_is_waited_for_until_the_time_is_over()
    {
        await using SqliteConnection other = await Storage.OpenAsync(_database);
        Database.Execute(other, "BEGIN IMMEDIATE; UPDATE n SET v = 10");
        Task<long> running = IncrementAsync();
        await _clock.AdvanceUntilAsync(running);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() => running);
        Assert.Equal(StorageErrorKind.Busy, failure.Kind);
        Assert.Contains(_database, failure.Message, StringComparison.Ordinal);
        Assert.Contains("locked", failure.Message, StringComparison.Ordinal);
        Assert.IsType<SqliteException>(failure.InnerException);
        Assert.Single(Waits());
        Database.Execute(other, "ROLLBACK");
        Assert.Equal(0, await ReadAsync());
    }

    [Fact]
    public async Task A_commit_waits_until_nobody_reads_and_lets_no_new_reader_in()
    {
        await using SqliteConnection reader = await Storage.OpenAsync(_database);
        Database.Execute(reader, "BEGIN; SELECT v FROM n");
        await using SqliteConnection late = await Storage.OpenAsync(_database);
        int runs = 0;
        Task running = Storage.ExecuteInTransactionAsync(_database, (connection, _) =>
        {
            runs++;
            Database.Execute(connection, Increment);
            return ValueTask.CompletedTask;
        }).AsTask();
        int timers = 0;
        int refused = 0;
        await _clock.AdvanceUntilAsync(running, onTimer: _ =>
        {
            if (++timers == 3)
            {
                refused = SQLitePCL.raw.sqlite3_exec(late.Handle, "SELECT v FROM n");
                Database.Execute(reader, "COMMIT");
            }
        });
        await running;
        Assert.Equal((1, SQLitePCL.raw.SQLITE_BUSY), (runs, refused));
        Assert.Equal(1, await ReadAsync());
        Assert.Single(Waits());
        Assert.Equal("isar.storage.wait.duration 0.06 transaction succeeded", _telemetry!.Measurements[0]);
    }

    [Fact]
    public async Task A_reader_that_never_ends_is_waited_for_until_the_time_is_over()
    {
        await using SqliteConnection reader = await Storage.OpenAsync(_database);
        Database.Execute(reader, "BEGIN; SELECT v FROM n");
        Task<long> running = IncrementAsync();
        await _clock.AdvanceUntilAsync(running);
        Assert.Equal(StorageErrorKind.Busy, (await Assert.ThrowsAsync<StorageException>(() => running)).Kind);
        Assert.Equal(0, await ReadAsync());
    }

    [Fact]
    public async Task Busy_out_of_the_work_has_it_repeated_also_inside_another_exception()
    {
        int runs = 0;
        Task running = Storage.ExecuteInTransactionAsync(_database, (connection, _) =>
        {
            Database.Execute(connection, Increment);
            return ++runs < 3
                ? throw new InvalidOperationException("as EF Core does", Pipelines.Sqlite(5, 517))
                : ValueTask.CompletedTask;
        }).AsTask();
        await _clock.AdvanceUntilAsync(running);
        await running;
        Assert.Equal((3, 1L), (runs, await ReadAsync()));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_others()
    {
        using var cancellation = new CancellationTokenSource();
        await using SqliteConnection other = await Storage.OpenAsync(_database);
        Database.Execute(other, "BEGIN IMMEDIATE");
        Task<long> running = IncrementAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        // Jitter can make the first delay shorter than a millisecond, which is none: then there was a second attempt.
        Assert.Matches("^isar.storage.transaction transaction [12] cancelled$", Assert.Single(_telemetry!.ActivityTexts));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_in_the_work_rolls_back_whether_the_work_heeds_it_or_not(bool heeds)
    {
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Storage.ExecuteInTransactionAsync(_database, async (connection, token) =>
        {
            Database.Execute(connection, Increment);
            await cancellation.CancelAsync();
            if (heeds)
                token.ThrowIfCancellationRequested();
        }, cancellation.Token).AsTask());
        Assert.Equal(0, await ReadAsync());
        Assert.Equal(["isar.storage.transaction transaction 1 cancelled"], _telemetry!.ActivityTexts);
    }

    [Fact]
    public async Task Cancelled_before_it_begins_the_work_does_not_run()
        => await Assert.ThrowsAnyAsync<OperationCanceledException>(() => IncrementAsync(new CancellationToken(canceled: true)));

    [Theory]
    [InlineData("COMMIT", "has already ended")]
    [InlineData("ROLLBACK", "has already ended")]
    public async Task Work_that_ends_the_transaction_is_an_error(string sql, string message)
        => Assert.Contains(message, await MisuseAsync((connection, _) => Database.Execute(connection, sql)), StringComparison.Ordinal);

    [Fact]
    public async Task Work_that_closes_the_connection_is_an_error_and_leaves_no_lock()
    {
        Assert.Contains("closed the connection", await MisuseAsync(static (connection, _) =>
        {
            Database.Execute(connection, Increment);
            connection.Close();
        }), StringComparison.Ordinal);
        Assert.Equal(0, await ReadAsync());
        Assert.Equal(1, await IncrementAsync());
    }

    [Fact]
    public async Task Work_that_leaves_a_statement_that_writes_is_an_error()
    {
        SqliteCommand? command = null;
        SqliteDataReader? reader = null;
        Assert.Contains("dispose its reader", await MisuseAsync((connection, _) =>
        {
            command = new SqliteCommand("INSERT INTO n VALUES (1), (2), (3) RETURNING v", connection);
            reader = command.ExecuteReader();
            reader.Read();
        }), StringComparison.Ordinal);
        reader!.Dispose();
        command!.Dispose();
        Assert.Equal(0, await ReadAsync());
    }

    [Fact]
    public async Task Beginning_a_transaction_inside_is_SQLites_error()
    {
        SqliteException failure = await Assert.ThrowsAsync<SqliteException>(
            () => Storage.ExecuteInTransactionAsync(_database, static (connection, _) =>
        {
            connection.BeginTransaction();
            return ValueTask.CompletedTask;
        }).AsTask());
        Assert.Contains("within a transaction", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eight_threads_lose_no_increment()
    {
        const int Threads = 8;
        const int Each = 50;
        // Time has to pass by itself here.
        await DisposeServicesAsync();
        await StartAsync(TimeProvider.System, options => options.TransactionTimeout = TimeSpan.FromMinutes(10));
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
                await IncrementAsync();
        })));
        Assert.Equal(Threads * Each, await ReadAsync());
        Assert.Equal(
            Threads * Each,
            _telemetry!.ActivityTexts.Count(text => text.EndsWith("succeeded", StringComparison.Ordinal) && !text.Contains("wait")));
    }

    private async Task StartAsync(TimeProvider clock, Action<IsarStorageOptions>? configure = null)
    {
        var services = new ServiceCollection();
        _telemetry = new TelemetryCapture(_database);
        services.AddSingleton(clock);
        services.AddSingleton<System.Diagnostics.Metrics.IMeterFactory>(_telemetry);
        services.AddLogging(logging => logging.AddProvider(_log));
        underTest.Register(services.AddIsarStorage(options =>
        {
            options.Directory = underTest.Directory;
            options.WriteAheadLog = underTest.BeginsLogs;
            configure?.Invoke(options);
        }));
        _services = services.BuildServiceProvider();
        await using SqliteConnection connection = await Storage.OpenAsync(_database);
        Database.Execute(connection, Schema.Replace("TABLE", "TABLE IF NOT EXISTS", StringComparison.Ordinal));
    }

    private async Task DisposeServicesAsync()
    {
        await Storage.DeleteAsync(_database);
        await _services!.DisposeAsync();
        _telemetry!.Dispose();
    }

    private string[] Waits() => [.. _log.Messages.Where(message => message.Contains(_database, StringComparison.Ordinal))];

    private Task<long> IncrementAsync(CancellationToken cancellationToken = default) =>
        Storage.ExecuteInTransactionAsync(_database, static (connection, _) =>
    {
        Database.Execute(connection, Increment);
        return ValueTask.FromResult((long)Database.Execute(connection, "SELECT v FROM n")!);
    }, cancellationToken).AsTask();

    private async Task<long> ReadAsync()
    {
        await using SqliteConnection connection = await Storage.OpenAsync(_database);
        return (long)Database.Execute(connection, "SELECT sum(v) FROM n")!;
    }

    private async Task<string> MisuseAsync(Action<SqliteConnection, CancellationToken> work)
    {
        int runs = 0;
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Storage.ExecuteInTransactionAsync(_database, (connection, token) =>
        {
            runs++;
            work(connection, token);
            return ValueTask.CompletedTask;
        }).AsTask());
        Assert.Equal(1, runs);
        return failure.Message;
    }
}
