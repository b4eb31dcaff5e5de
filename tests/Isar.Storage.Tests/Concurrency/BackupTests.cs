using System.Globalization;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>A copy that another process makes while we write.</summary>
public sealed class BackupTests
{
    private const int Commits = 30;

    [Fact]
    public async Task A_backup_by_sqlite3_is_a_state_that_existed()
    {
        // Larger than the 100 pages that a backup copies in one step: it starts again when somebody writes in between.
        await using SharedDatabase database = await SharedDatabase.CreateAsync(
            "CREATE TABLE n (v INTEGER); INSERT INTO n VALUES (0); CREATE TABLE log (v INTEGER PRIMARY KEY, x); CREATE TABLE pad (x); "
            + "WITH RECURSIVE i(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM i WHERE k < 300) INSERT INTO pad SELECT zeroblob(4000) FROM i");
        ISqlSession writer = database.Open(Who.Us);
        SqlProcess stock = database.OpenProcess(Who.Stock);
        await writer.MustAsync("PRAGMA busy_timeout = 100000");
        await stock.WriteAsync(".timeout 100000\n");
        for (int round = 0; round < 5; round++)
        {
            Task writing = WriteAsync();
            string copy = Path.Combine(database.Folder, $"copy{round}.db");
            await stock.WriteAsync($".backup {copy}\n");
            // Answered when the command before it is through.
            await stock.MustAsync("SELECT 1");
            await writing;

            await using SqlProcess reader = SqlProcess.StartStock(copy);
            Assert.Equal("ok", await reader.MustAsync("PRAGMA integrity_check"));
            int[] counts = [.. (await reader.MustAsync("SELECT v, (SELECT count(*) FROM log), (SELECT coalesce(max(v), 0) FROM log) FROM n"))
                .Split('|').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
            Assert.InRange(counts[0], round * Commits, (round + 1) * Commits);
            Assert.All(counts, count => Assert.Equal(counts[0], count));
        }

        async Task WriteAsync()
        {
            for (int i = 0; i < Commits; i++)
                await writer.MustAsync("BEGIN IMMEDIATE; UPDATE n SET v = v + 1; INSERT INTO log SELECT v, randomblob(2000) FROM n; COMMIT");
        }
    }
}
