using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Data;

/// <summary>The process ends at each operation of an import, an export or a backup.</summary>
public sealed class TransferKillTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whenever_an_import_is_killed_the_database_is_the_old_one_or_the_new(bool exists)
    {
        HashSet<string> seen = await KillEverywhereAsync(
            world => exists ? PutAsync(world, Files.Name) : Task.CompletedTask,
            async session => await session.Storage.ImportAsync(_new),
            exists ? "old" : "none");
        Assert.Equal(exists ? ["new", "old"] : ["empty", "new", "none"], seen.Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whenever_a_backup_is_killed_the_other_database_is_the_old_one_or_the_new(bool exists)
    {
        HashSet<string> seen = await KillEverywhereAsync(
            async world =>
            {
                if (exists)
                    await PutAsync(world, Files.Name);
                await using Session session = world.Start();
                await session.Storage.ImportAsync(_new, "source.db");
            },
            async session => await session.Storage.BackupAsync("source.db", Files.Name),
            exists ? "old" : "none");
        Assert.Equal(exists ? ["new", "old"] : ["empty", "new", "none"], seen.Order());
    }

    [Fact]
    public async Task Whenever_an_export_is_killed_nothing_stays_behind()
    {
        HashSet<string> seen = await KillEverywhereAsync(
            world => PutAsync(world, Files.Name), async session => await session.Storage.ExportAsync(), "old");
        Assert.Equal(["old"], seen);
    }

    [Fact]
    public async Task What_another_process_imports_or_exports_just_now_is_not_cleared_away()
    {
        using var world = new World();
        await PutAsync(world, Files.Name);
        await using Session first = world.Start();
        int files = 0;
        var target = new MeetingStream(async () =>
        {
            // Without the test's own locks, as between two processes.
            world.Held.Clear();
            await using Session second = world.Start();
            Assert.Equal(("old", 100L), await Files.DescribeAsync(second.Storage));
            files = world.FilesOf("a").Count(file => file.StartsWith(".isar-staging", StringComparison.Ordinal));
            world.Held.Clear();
        });
        await first.Storage.ExportAsync(Files.Name, target);
        Assert.Equal(1, files);
    }

    private static readonly byte[] _new = Files.Create("new", 200, 16384);

    private static async Task PutAsync(World world, string name)
    {
        await using Session session = world.Start();
        await session.Storage.ImportAsync(Files.Create("old", 100, 16384), name);
    }

    /// <summary>Kills the work at each of its operations.</summary>
    /// <returns>What the database was found to be afterwards.</returns>
    private static async Task<HashSet<string>> KillEverywhereAsync(Func<World, Task> prepare, Func<Session, Task> work, string untouched)
    {
        HashSet<string> seen = [];
        for (int n = 0; ; n++)
        {
            using var world = new World();
            await prepare(world);
            bool died;
            await using (Session dying = world.Start())
            {
                dying.Faults.KillAfter(n);
                await Record.ExceptionAsync(() => work(dying));
                died = dying.Faults.IsDead;
            }
            try
            {
                string found = await FindAsync(world);
                seen.Add(found);
                if (n < 3)
                    Assert.Equal(untouched, found);
                Assert.DoesNotContain(world.FilesOf("a"), file => file.StartsWith(".isar-", StringComparison.Ordinal));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Killed at operation {n}.", e);
            }
            if (!died)
                break;
            Assert.InRange(n, 0, 1000);
        }
        return seen;
    }

    private static async Task<string> FindAsync(World world)
    {
        await using Session session = world.Start();
        bool existed = await session.Storage.ExistsAsync(Files.Name);
        await using SqliteConnection connection = await session.Storage.OpenAsync(Files.Name);
        if (!existed)
            return "none";
        if ((long)Database.Execute(connection, "SELECT count(*) FROM sqlite_schema")! == 0)
            return "empty";
        (string what, long rows) = Files.Describe(connection);
        Assert.Equal(what == "new" ? 200 : 100, rows);
        return what;
    }

    /// <summary>A stream that meets somebody at its first write.</summary>
    private sealed class MeetingStream(Func<Task> meet) : MemoryStream
    {
        private bool _met;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_met)
                await meet();
            _met = true;
            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
