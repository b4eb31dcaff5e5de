using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary>Several service providers and several threads in one process.</summary>
public sealed class HostTests
{
    private static ServiceProvider CreateHost(Action<IsarStorageOptions>? configure = null) =>
        new ServiceCollection().AddIsarStorage(configure).UseMemory().Services.BuildServiceProvider();

    [Fact]
    public async Task Two_hosts_with_the_same_backend_name_keep_their_data_apart()
    {
        await using ServiceProvider first = CreateHost();
        await using ServiceProvider second = CreateHost();
        await using SqliteConnection one = await first.GetRequiredService<IIsarStorage>().OpenAsync("same.db");
        await using SqliteConnection two = await second.GetRequiredService<IIsarStorage>().OpenAsync("same.db");
        Execute(one, "CREATE TABLE t (x)");
        Assert.Equal(0L, Execute(two, "SELECT count(*) FROM sqlite_schema"));
    }

    [Fact]
    public async Task After_dispose_the_VFS_is_unknown_and_the_storage_says_why()
    {
        ServiceProvider host = CreateHost();
        IIsarStorage storage = host.GetRequiredService<IIsarStorage>();
        string connectionString = storage.GetConnectionString("x.db");
        await host.DisposeAsync();
        using var connection = new SqliteConnection(connectionString);
        SqliteException failure = Assert.Throws<SqliteException>(connection.Open);
        Assert.Contains("no such vfs", failure.Message, StringComparison.Ordinal);
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => storage.OpenAsync("x.db").AsTask());
        Assert.Equal(StorageErrorKind.Unavailable, refused.Kind);
    }

    [Fact]
    public async Task A_connection_that_outlives_its_storage_gets_errors_and_nothing_else()
    {
        ServiceProvider host = CreateHost();
        await using SqliteConnection connection = await host.GetRequiredService<IIsarStorage>().OpenAsync("x.db");
        Execute(connection, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
        await host.DisposeAsync();
        Assert.Throws<SqliteException>(() => Execute(connection, "ATTACH 'y.db' AS y; CREATE TABLE y.t (x)"));
    }

    [Fact]
    public void Disposing_without_async_works()
    {
        using ServiceProvider host = CreateHost();
        host.GetRequiredService<IIsarStorage>().GetConnectionString("x.db");
    }

    [Fact]
    public async Task SQLites_default_is_only_changed_when_asked_for()
    {
        await using ServiceProvider host = CreateHost();
        await using SqliteConnection opened = await host.GetRequiredService<IIsarStorage>().OpenAsync("default.db");
        using var other = new SqliteConnection("Data Source=default-of-others.db;Mode=Memory");
        other.Open();
        Execute(other, "CREATE TABLE t (x)");
        IReadOnlyList<DatabaseEntry> databases = await host.GetRequiredService<IIsarStorage>().ListAsync();
        Assert.DoesNotContain(databases, entry => entry.Path.Value.Contains("others", StringComparison.Ordinal));
    }

    [Fact]
    public async Task As_SQLites_default_it_serves_code_that_names_no_VFS()
    {
        await using ServiceProvider host = CreateHost(options => options.UseAsSqliteDefault = true);
        IIsarStorage storage = host.GetRequiredService<IIsarStorage>();
        await storage.PrepareAsync("plain.db");
        using (var plain = new SqliteConnection("Data Source=plain.db;Pooling=False"))
        {
            plain.Open();
            Execute(plain, "CREATE TABLE t (x)");
        }
        Assert.True(await storage.ExistsAsync("plain.db"));
        Assert.False(File.Exists("plain.db"));
    }

    [Fact]
    public async Task Threads_with_connections_of_their_own_lose_nothing()
    {
        const int Threads = 4;
        const int Increments = 50;
        await using ServiceProvider host = CreateHost();
        IIsarStorage storage = host.GetRequiredService<IIsarStorage>();
        await using (SqliteConnection connection = await storage.OpenAsync("counter.db"))
            Execute(connection, "CREATE TABLE counter (value); INSERT INTO counter VALUES (0)");
        string connectionString = storage.GetConnectionString("counter.db");
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(() =>
        {
            using var connection = new SqliteConnection(connectionString);
            connection.Open();
            Execute(connection, "PRAGMA busy_timeout = 20000");
            for (int i = 0; i < Increments; i++)
                Execute(connection, "BEGIN IMMEDIATE; UPDATE counter SET value = value + 1; COMMIT");
        }, TaskCreationOptions.LongRunning)));
        await using SqliteConnection check = await storage.OpenAsync("counter.db");
        Assert.Equal((long)Threads * Increments, Execute(check, "SELECT value FROM counter"));
        Assert.Equal("ok", Execute(check, "PRAGMA integrity_check"));
    }

    [Fact]
    public async Task Pooled_connections_do_not_hold_a_delete_back()
    {
        await using ServiceProvider host = CreateHost();
        IIsarStorage storage = host.GetRequiredService<IIsarStorage>();
        await storage.PrepareAsync("pooled.db");
        using (var connection = new SqliteConnection(storage.GetConnectionString("pooled.db") + ";Pooling=True"))
        {
            connection.Open();
            Execute(connection, "CREATE TABLE t (x)");
        }
        Assert.True(await storage.DeleteAsync("pooled.db"));
        Assert.False(await storage.ExistsAsync("pooled.db"));
    }

    [Fact]
    public async Task Opening_waits_for_a_delete_and_a_delete_leaves_what_is_open()
    {
        await using ServiceProvider host = CreateHost();
        IIsarStorage storage = host.GetRequiredService<IIsarStorage>();
        for (int round = 0; round < 50; round++)
        {
            await using (SqliteConnection setup = await storage.OpenAsync("race.db"))
                Execute(setup, "CREATE TABLE IF NOT EXISTS t (x)");
            Task<bool> deleting = Task.Run(() => storage.DeleteAsync("race.db").AsTask());
            await using SqliteConnection opened = await Task.Run(() => storage.OpenAsync("race.db").AsTask());
            long tables = (long)Execute(opened, "SELECT count(*) FROM sqlite_schema")!;
            try
            {
                await deleting;
                Assert.Equal(0, tables);
            }
            catch (StorageException e) when (e.Kind == StorageErrorKind.Busy)
            {
                Assert.Equal(1, tables);
            }
        }
    }

    [Fact]
    public async Task A_logger_that_throws_does_no_harm()
    {
        await using ServiceProvider host = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new ThrowingLoggerProvider())).AddIsarStorage().UseMemory().Services.BuildServiceProvider();
        await using SqliteConnection connection = await host.GetRequiredService<IIsarStorage>().OpenAsync("x.db");
        Assert.Throws<SqliteException>(() => Execute(connection, "ATTACH '../outside.db' AS o"));
        Assert.Equal(1L, Execute(connection, "SELECT 1"));
    }

    private sealed class ThrowingLoggerProvider : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning && eventId.Id == 3)
                throw new InvalidOperationException("The log is full.");
        }

        public void Dispose()
        {
        }
    }

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
