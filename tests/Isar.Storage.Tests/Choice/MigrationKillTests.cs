using Isar.Storage.Tests.Worlds;
using Xunit;

namespace Isar.Storage.Tests.Choice;

/// <summary>The process ends at each operation of a migration, and of clearing up after one.</summary>
public sealed class MigrationKillTests
{
    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    public async Task Whenever_a_migration_is_killed_the_database_is_whole_and_in_one_place(string from, string to)
    {
        HashSet<StorageHome> seen = [];
        int operations = await CountOperationsAsync(from, to);
        for (int n = 0; n <= operations; n++)
        {
            using World world = await CreateWorldAsync(from);
            await MigrateAndDieAsync(world, to, n);
            seen.Add(world.RecordOf(Database.Name)!);
            try
            {
                await AssertSafeWithoutRecordAsync(world);
                await AssertSettlesAsync(world);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Killed at operation {n} of {operations}.", e);
            }
        }
        // All states were met, or the test does not test what it says.
        Assert.Equal(
            [new StorageHome(from), new StorageHome(from, MovingTo: to), new StorageHome(to, LeftIn: from), new StorageHome(to)],
            seen.OrderBy(home => home.Backend == to).ThenBy(home => home.IsInTransit == (home.Backend == to) ? 0 : 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whenever_clearing_up_is_killed_the_next_session_goes_on(bool beforeTheSwitch)
    {
        int kills = 0;
        for (int n = 0; ; n++)
        {
            using World world = await CreateWorldAsync("a");
            await BreakOffAsync(world, beforeTheSwitch);
            bool died;
            await using (Session dying = world.Start())
            {
                dying.Faults.KillAfter(n);
                await Record.ExceptionAsync(() => Database.AssertWholeAsync(dying.Storage));
                died = dying.Faults.IsDead;
            }
            await AssertSafeWithoutRecordAsync(world);
            await AssertSettlesAsync(world);
            if (!died)
                break;
            kills++;
        }
        Assert.InRange(kills, 20, 500);
    }

    private static async Task<World> CreateWorldAsync(string from)
    {
        var world = new World();
        Database.PutIn(world, "a");
        if (from == "b")
        {
            await using Session session = world.Start();
            await session.Storage.MigrateAsync(Database.Name, "b");
        }
        return world;
    }

    private static async Task<int> CountOperationsAsync(string from, string to)
    {
        using World world = await CreateWorldAsync(from);
        await using Session session = world.Start();
        await session.Storage.MigrateAsync(Database.Name, to);
        return session.Faults.Operations;
    }

    private static async Task MigrateAndDieAsync(World world, string to, int operations)
    {
        await using Session dying = world.Start();
        dying.Faults.KillAfter(operations);
        await Record.ExceptionAsync(() => dying.Storage.MigrateAsync(Database.Name, to).AsTask());
    }

    /// <summary>Leaves a migration that ended just before, or just after the copy became the database.</summary>
    private static async Task BreakOffAsync(World world, bool beforeTheSwitch)
    {
        StorageHome wanted = beforeTheSwitch ? new StorageHome("a", MovingTo: "b") : new StorageHome("b", LeftIn: "a");
        await using Session dying = world.Start();
        dying.Faults.OnOperation = (backend, operation, path) =>
        {
            bool isReached = world.RecordOf(Database.Name) == wanted
                && (!beforeTheSwitch || (backend == "a" && path.Value.StartsWith(".isar-away/", StringComparison.Ordinal) && operation == "release"));
            if (isReached)
                dying.Faults.KillAfter(-1);
            return isReached ? Faults.Dead() : null;
        };
        await Record.ExceptionAsync(() => dying.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.True(dying.Faults.IsDead);
        Assert.Equal(wanted, world.RecordOf(Database.Name));
    }

    /// <summary>On a day on which the record cannot be read, or a backend is not available, the right rows are found or none.</summary>
    private static async Task AssertSafeWithoutRecordAsync(World world)
    {
        string[] before = [.. Snapshot(world)];
        foreach (string? missing in (string?[])[null, "a", "b"])
        {
            await using Session session = world.Start();
            session.Faults.RecordFails = true;
            if (missing is not null)
                session.Faults.Unavailable.Add(missing);
            try
            {
                await Database.AssertWholeAsync(session.Storage);
            }
            catch (StorageException e)
            {
                Assert.Equal(StorageErrorKind.Unavailable, e.Kind);
            }
        }
        Assert.Equal(before, Snapshot(world));
    }

    private static async Task AssertSettlesAsync(World world)
    {
        await using Session session = world.Start();
        await Database.AssertWholeAsync(session.Storage);
        Database.AssertLivesOnlyIn(world, world.RecordOf(Database.Name)!.Backend);
        DatabaseEntry entry = Assert.Single(await session.Storage.ListAsync());
        Assert.Equal((world.RecordOf(Database.Name)!.Backend, Database.Content.Length), (entry.Backend, entry.Length));
    }

    private static IEnumerable<string> Snapshot(World world) =>
        world.FilesOf("a").Select(file => "a/" + file).Concat(world.FilesOf("b").Select(file => "b/" + file));
}
