using System.Globalization;
using Isar.Storage.Conformance;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>Processes of ours and <c>sqlite3</c> processes that all change one row, so that every lost change shows in the sum.</summary>
public sealed class IncrementTests
{
    private const int Each = 200;
    private const string Acknowledgement = "done";

    // The rows beside the number make a transaction long enough for a kill to come into the middle of it.
    private const string Schema = "CREATE TABLE n (v INTEGER); INSERT INTO n VALUES (0); CREATE TABLE pad (x); "
        + "WITH RECURSIVE i(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM i WHERE k < 40) INSERT INTO pad SELECT zeroblob(3000) FROM i";
    private const string Increment = $"BEGIN IMMEDIATE; UPDATE n SET v = v + 1; COMMIT; SELECT '{Acknowledgement}';\n";
    private const string LongIncrement =
        $"BEGIN IMMEDIATE; UPDATE n SET v = v + 1; UPDATE pad SET x = randomblob(3000); COMMIT; SELECT '{Acknowledgement}';\n";

    [Theory]
    [InlineData(1, "delete")]
    [InlineData(2, "delete")]
    [InlineData(1, "wal")]
    [InlineData(2, "wal")]
    public async Task Eight_processes_lose_no_increment(int run, string journalMode)
    {
        _ = run;
        await using SharedDatabase database = await SharedDatabase.CreateAsync(SchemaWith(journalMode));
        SqlProcess[] processes = await StartAsync(database);
        foreach (SqlProcess process in processes)
        {
            await process.WriteAsync(string.Concat(Enumerable.Repeat(Increment, Each)));
            process.EndInput();
        }
        int[] acknowledged = await Task.WhenAll(processes.Select(process => CountAsync(process, _ => { })));
        Assert.All(acknowledged, count => Assert.Equal(Each, count));
        Assert.Equal(processes.Length * Each, await ReadSoundAsync(database));
    }

    [Theory]
    [InlineData(1, "delete")]
    [InlineData(2, "delete")]
    [InlineData(1, "wal")]
    [InlineData(2, "wal")]
    public Task Killed_processes_take_nothing_along(int run, string journalMode)
    {
        _ = run;
        return Seeded.RunAsync(random => KillAllAsync(random, journalMode));
    }

    /// <summary>Kills one process after the other, each after a random number of commits of all; the last in the midst of its own.</summary>
    private static async Task KillAllAsync(Random random, string journalMode)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(SchemaWith(journalMode));
        SqlProcess[] processes = await StartAsync(database);
        random.Shuffle(processes);
        using SemaphoreSlim commits = new(0);
        foreach (SqlProcess process in processes)
            await process.WriteAsync(string.Concat(Enumerable.Repeat(LongIncrement, Each)));
        Task<int>[] counts = [.. processes.Select(process => CountAsync(process, _ => commits.Release()))];
        foreach (SqlProcess process in processes)
        {
            for (int wait = random.Next(1, 20); wait > 0; wait--)
                Assert.True(await commits.WaitAsync(SqlProcess.Patience), "No commit comes any more.");
            // Somewhere in what follows the answer.
            Thread.SpinWait(random.Next(200_000));
            await process.KillAsync();
        }
        int acknowledged = (await Task.WhenAll(counts)).Sum();
        Assert.InRange(await ReadSoundAsync(database), acknowledged, acknowledged + processes.Length);
    }

    private static string SchemaWith(string journalMode) => $"PRAGMA journal_mode = {journalMode}; {Schema}";

    /// <summary>Starts four of either kind, which wait for each other without end, and returns when all have the database open.</summary>
    private static async Task<SqlProcess[]> StartAsync(SharedDatabase database)
    {
        SqlProcess[] processes = [.. Enumerable.Range(0, 8).Select(i => database.OpenProcess(i < 4 ? Who.OurProcess : Who.Stock))];
        foreach (SqlProcess process in processes)
        {
            await process.WriteAsync(".timeout 100000\n");
            await process.MustAsync("SELECT v FROM n");
        }
        return processes;
    }

    /// <summary>Counts acknowledgements until the process ends.</summary>
    private static async Task<int> CountAsync(SqlProcess process, Action<int> onCommit)
    {
        int count = 0;
        while (await process.ReadLineAsync() is { } line)
        {
            // A killed process can leave half a line; any other line than the acknowledgement is an error.
            Assert.StartsWith(line, Acknowledgement, StringComparison.Ordinal);
            if (line != Acknowledgement)
                continue;
            onCommit(++count);
        }
        return count;
    }

    /// <summary>Reads the number in both ways.</summary>
    private static async Task<long> ReadSoundAsync(SharedDatabase database)
    {
        ISqlSession us = database.Open(Who.Us);
        string ours = await us.MustAsync("SELECT v FROM n");
        Assert.Equal("ok", await us.MustAsync("PRAGMA integrity_check"));
        ISqlSession stock = database.Open(Who.Stock);
        Assert.Equal(ours, await stock.MustAsync("SELECT v FROM n"));
        Assert.Equal("ok", await stock.MustAsync("PRAGMA integrity_check"));
        return long.Parse(ours, CultureInfo.InvariantCulture);
    }
}
