using Isar.Storage.Conformance;
using Microsoft.Data.Sqlite;
using Xunit;
using static Isar.Storage.Tests.Worlds.Database;

namespace Isar.Storage.Tests.Concurrency.Copies;

/// <summary>The stock Litestream beside processes of ours: a copy that it restores is a committed state, and in the end the database.</summary>
public sealed class LitestreamTests
{
    private const string RestoredName = "restored.db";

    // Then nobody but Litestream makes checkpoints, and the log begins anew when it knows.
    private const string NoCheckpoints = "PRAGMA wal_autocheckpoint = 0";

    [LitestreamTheory]
    [InlineData("")]
    [InlineData(NoCheckpoints)]
    public async Task It_replicates_what_our_processes_write(string pragma)
    {
        Assert.Equal("v0.3.13", (await Litestream.VersionAsync()).Trim());
        await using Ledger ledger = await Ledger.CreateAsync();
        await using var litestream = new Litestream(ledger.Database.File);
        await litestream.BeginAsync();
        await ledger.WriteAsync(pragma);
        for (int i = 0; i < 3; i++)
            await RestoreLaterAsync(ledger, litestream);
        await ledger.StopAsync();
        await RestoreExactlyAsync(ledger, litestream);

        await using SqliteConnection connection = await ledger.Database.Storage.OpenAsync(RestoredName);
        Assert.Equal((long)ledger.Acknowledged, Execute(connection, "SELECT count(*) FROM transfer"));
        Assert.Equal("wal", Execute(connection, "PRAGMA journal_mode"));
    }

    /// <summary>
    /// It begins a new generation while the writers do what they can. With checkpoints of theirs, it loses a part of the log in one of a hundred
    /// times or less, whosever VFS they use: "docs/beyond-one-machine.md".
    /// </summary>
    [LitestreamTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Killed_and_started_again_it_has_everything(bool databaseIsClosedMeanwhile) => Seeded.RunAsync(async random =>
    {
        await using Ledger ledger = await Ledger.CreateAsync();
        await using var litestream = new Litestream(ledger.Database.File);
        await litestream.BeginAsync();
        await ledger.WriteAsync(NoCheckpoints);
        for (int i = 0; i < 2; i++)
        {
            await RestoreLaterAsync(ledger, litestream);
            await ledger.WaitForAsync(random.Next(1, 20));
            await litestream.KillAsync();
            await ledger.WaitForAsync(transfers: 5);
            if (databaseIsClosedMeanwhile)
            {
                await ledger.StopAsync();
                Assert.False(File.Exists(ledger.Database.File + "-wal"));
                await ledger.WriteAsync(NoCheckpoints);
            }
            else
            {
                // What it has not read yet is in the log no more.
                ISqlSession us = ledger.Database.Open(Who.Us);
                await us.MustAsync("PRAGMA busy_timeout = 100000");
                Assert.Equal("0|0|0", await us.MustAsync("PRAGMA wal_checkpoint(TRUNCATE)"));
            }
            await litestream.BeginAsync();
            // What it sends first can be older than the copy of the file. One look at the log gives two parts at most: the end of one and the
            // beginning of the next.
            for (int parts = 0; parts < 4; parts++)
                await litestream.WaitForAsync("msg=\"wal segment written\"");
        }
        await RestoreLaterAsync(ledger, litestream);
        await ledger.StopAsync();
        await RestoreExactlyAsync(ledger, litestream);
    });

    /// <summary>The last connection of ours is not the last one of all, so the log stays where Litestream reads it.</summary>
    [LitestreamFact]
    public async Task Our_closing_takes_no_log_away_that_it_reads()
    {
        await using Ledger ledger = await Ledger.CreateAsync();
        await using var litestream = new Litestream(ledger.Database.File);
        await litestream.BeginAsync();
        for (int i = 0; i < 20; i++)
        {
            await using (SqliteConnection connection = await ledger.Database.Storage.OpenAsync(SharedDatabase.Name))
                Execute(connection, $"PRAGMA busy_timeout = 100000; INSERT INTO transfer (writer, n) VALUES (9, {i}); PRAGMA wal_checkpoint");
            Assert.True(File.Exists(ledger.Database.File + "-wal"));
        }
        Assert.Equal([SharedDatabase.Name], (await ledger.Database.Storage.ListAsync()).Select(entry => entry.Path.Value));
        StorageException refusal = await Assert.ThrowsAsync<StorageException>(async () =>
            await ledger.Database.Storage.DeleteAsync(SharedDatabase.Name));
        Assert.Equal(StorageErrorKind.Busy, refusal.Kind);

        // Ended in order it leaves nothing behind, so that nobody has to wait for a copy.
        await litestream.StopAsync();
        string copy = Path.Combine(ledger.Database.Folder, RestoredName);
        await litestream.RestoreAsync(copy);
        Assert.Equal(await Ledger.DumpAsync(ledger.Database.File), await Ledger.DumpAsync(copy));
        Assert.Equal(1, await litestream.CountGenerationsAsync());
    }

    /// <summary>An import takes the two tables away that Litestream keeps in the database; when it starts it makes them.</summary>
    [LitestreamFact]
    public async Task Started_after_an_import_it_has_what_was_imported()
    {
        await using Ledger ledger = await Ledger.CreateAsync();
        await using var litestream = new Litestream(ledger.Database.File);
        await litestream.BeginAsync();
        await litestream.StopAsync();
        await using (SharedDatabase other = await SharedDatabase.CreateAsync("CREATE TABLE other (x); INSERT INTO other VALUES (7)"))
        {
            await using FileStream file = File.OpenRead(other.File);
            await ledger.Database.Storage.ImportAsync(SharedDatabase.Name, file);
        }
        litestream.Start();
        string copy = Path.Combine(ledger.Database.Folder, RestoredName);
        await litestream.RestoreUntilAsync(copy, async () => await Ledger.DumpAsync(copy) == await Ledger.DumpAsync(ledger.Database.File));
        Assert.Contains("INSERT INTO other VALUES(7);", await Ledger.DumpAsync(copy), StringComparison.Ordinal);
    }

    /// <summary>Waits for a copy with more than there is now, and fails unless each on the way is a committed state.</summary>
    private static async Task RestoreLaterAsync(Ledger ledger, Litestream litestream)
    {
        string copy = Path.Combine(ledger.Database.Folder, RestoredName);
        int now = ledger.Acknowledged;
        await litestream.RestoreUntilAsync(copy, async () =>
        {
            int count = await Ledger.CountAsync(copy);
            Assert.InRange(count, 0, ledger.Possible);
            return count > now;
        });
    }

    /// <summary>Waits for a copy that is the database row by row.</summary>
    private static async Task RestoreExactlyAsync(Ledger ledger, Litestream litestream)
    {
        string copy = Path.Combine(ledger.Database.Folder, RestoredName);
        await litestream.RestoreUntilAsync(copy, async () => await Ledger.DumpAsync(copy) == await Ledger.DumpAsync(ledger.Database.File));
        Assert.Equal(ledger.Acknowledged, await Ledger.CountAsync(copy));
    }
}
