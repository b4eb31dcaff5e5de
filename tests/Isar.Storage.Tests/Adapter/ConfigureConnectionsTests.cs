using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary>What is done with every connection before anybody has it.</summary>
public sealed class ConfigureConnectionsTests
{
    private const string Database = "configured.db";

    [Fact]
    public async Task Functions_are_there_in_every_connection()
    {
        await using ServiceProvider services = Create(static storage => storage
            .ConfigureConnections(static connection => connection.CreateFunction("twice", static (long value) => 2 * value))
            .ConfigureConnections(static connection => connection.CreateCollation("LENGTH", static (x, y) => x.Length.CompareTo(y.Length))));
        IIsarStorage storage = services.GetRequiredService<IIsarStorage>();
        for (int i = 0; i < 2; i++)
        {
            await using SqliteConnection connection = await storage.OpenAsync(Database);
            Assert.Equal(42L, Scalar(connection, "SELECT twice(21)"));
            Assert.Equal(1L, Scalar(connection, "SELECT 'ab' = 'cd' COLLATE LENGTH"));
        }
        Assert.Equal(8L, await storage.ExecuteInTransactionAsync(
            Database, static (connection, _) => ValueTask.FromResult((long)Scalar(connection, "SELECT twice(4)")!)));
    }

    [Fact]
    public async Task What_it_throws_reaches_who_opens_and_nothing_stays_open()
    {
        bool fails = true;
        await using ServiceProvider services = Create(storage => storage.ConfigureConnections(_ =>
        {
            if (fails)
                throw new InvalidOperationException("not today");
        }));
        IIsarStorage storage = services.GetRequiredService<IIsarStorage>();
        Assert.Equal("not today", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await storage.OpenAsync(Database))).Message);
        fails = false;
        await using (SqliteConnection connection = await storage.OpenAsync(Database))
            Assert.Equal(1L, Scalar(connection, "SELECT 1"));
        Assert.True(await storage.DeleteAsync(Database));
    }

    private static ServiceProvider Create(Action<IIsarStorageBuilder> configure)
    {
        var services = new ServiceCollection();
        configure(services.AddIsarStorage().UseMemory());
        return services.BuildServiceProvider();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
