using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Choice;

/// <summary>What is done with one database costs the same whether ten others are stored or a thousand.</summary>
public sealed class ManyDatabasesTests
{
    [Theory]
    [InlineData("open")]
    [InlineData("open new")]
    [InlineData("open without record")]
    [InlineData("exists")]
    [InlineData("delete")]
    [InlineData("export")]
    [InlineData("import")]
    public async Task One_database_costs_the_same_beside_any_number_of_others(string use)
    {
        foreach (bool withHomes in (bool[])[true, false])
            Assert.Equal(await CountAsync(use, withHomes, others: 10), await CountAsync(use, withHomes, others: 1000));
    }

    private static async Task<(int Operations, int Listed)> CountAsync(string use, bool withHomes, int others)
    {
        using var world = new World();
        for (int other = 0; other < others; other++)
        {
            world.Put("a", $"{other}.db", [1]);
            world.SetRecord($"{other}.db", new StorageHome("a"));
        }
        if (use == "open without record")
            world.Put("a", Database.Name, Database.Content);
        else if (use is not ("open new" or "import"))
            Database.PutIn(world, "a");
        await using Session session = world.Start(withHomes: withHomes);
        await UseAsync(session.Storage, use);
        return (session.Faults.Operations, session.Faults.Listed);
    }

    private static async Task UseAsync(IIsarStorage storage, string use)
    {
        switch (use)
        {
            case "exists":
                Assert.True(await storage.ExistsAsync(Database.Name));
                break;
            case "delete":
                Assert.True(await storage.DeleteAsync(Database.Name));
                break;
            case "export":
                await storage.ExportAsync(Database.Name, Stream.Null);
                break;
            case "import":
                await storage.ImportAsync(Database.Name, new MemoryStream(Database.Content));
                break;
            default:
                await using (SqliteConnection connection = await storage.OpenAsync(Database.Name))
                    Database.Execute(connection, "SELECT count(*) FROM sqlite_schema");
                break;
        }
    }
}
