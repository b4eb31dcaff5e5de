using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>A database goes from tab to tab, and nothing that a tab knew from its own time is trusted any more.</summary>
[Collection(BrowserTests.Name)]
public sealed class HandOverTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private const int HandOvers = 30;

    private const int Rounds = 60;

    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Idle_tabs_hand_the_database_over_when_they_are_asked(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        var times = new List<double>();
        for (int turn = 0; turn < HandOvers; turn++)
        {
            times.Add(await tabs[turn % 2].RunAsync<double>($$"""
                const began = performance.now();
                const rows = await value('SELECT count(*) FROM t');
                const elapsed = performance.now() - began;
                assertEqual(rows, {{turn}} + 3, 'The number of rows in turn {{turn}}');
                await db.exec("INSERT INTO t (content) VALUES ('turn')");
                return elapsed;
                """));
        }
        times.Sort();
        Output.WriteLine($"Measured: hand-over between two idle tabs, {backend}: {times[times.Count / 2]:0.0} ms (median of {HandOvers})");
    }

    /// <summary>The statements are the same text each time, so that they come from the worker's cache of compiled ones.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task What_a_tab_reads_is_what_others_left(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        const string Look = """
            const count = await value('SELECT count(*) FROM t');
            const [row] = await db.query('SELECT * FROM t ORDER BY id DESC LIMIT 1');
            const schema = (await db.query('SELECT name FROM sqlite_schema ORDER BY name')).map(entry => entry.name).join();
            const pages = await value('PRAGMA page_count');
            const integrity = await value('PRAGMA integrity_check');
            return `${count} rows, last ${JSON.stringify(row)}, ${schema}, ${pages > 500 ? 'large' : 'small'}, ${integrity}`;
            """;
        await Expect(0, "", "3 rows, last {\"id\":3,\"content\":\"c\"}, t, small, ok");
        await Expect(1, "UPDATE t SET content = 'changed' WHERE id = 3", "3 rows, last {\"id\":3,\"content\":\"changed\"}, t, small, ok");
        await Expect(0, "DELETE FROM t WHERE id = 3", "2 rows, last {\"id\":2,\"content\":\"b\"}, t, small, ok");
        await Expect(1, "INSERT INTO t (id, content) VALUES (7, 'g')", "3 rows, last {\"id\":7,\"content\":\"g\"}, t, small, ok");
        await Expect(0, "ALTER TABLE t ADD COLUMN more DEFAULT 5", "3 rows, last {\"id\":7,\"content\":\"g\",\"more\":5}, t, small, ok");
        await Expect(1, "CREATE INDEX i ON t (content)", "3 rows, last {\"id\":7,\"content\":\"g\",\"more\":5}, i,t, small, ok");
        await Expect(
            0,
            "CREATE TABLE ballast (content); "
            + "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5000) INSERT INTO ballast SELECT randomblob(1000) FROM c",
            "3 rows, last {\"id\":7,\"content\":\"g\",\"more\":5}, ballast,i,t, large, ok");
        await Expect(1, "DROP TABLE ballast; VACUUM", "3 rows, last {\"id\":7,\"content\":\"g\",\"more\":5}, i,t, small, ok");
        await Expect(0, "DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, other); INSERT INTO t VALUES (1, 'new')",
            "1 rows, last {\"id\":1,\"other\":\"new\"}, t, small, ok");
        await Expect(1, "PRAGMA page_size = 8192; VACUUM", "1 rows, last {\"id\":1,\"other\":\"new\"}, t, small, ok");
        await Expect(0, "INSERT INTO t VALUES (2, 'last')", "2 rows, last {\"id\":2,\"other\":\"last\"}, t, small, ok");

        async Task Expect(int writer, string sql, string state)
        {
            if (sql != "")
                await tabs[writer].RunAsync($"await db.exec(\"{sql}\")");
            Assert.Equal(state, await tabs[1 - writer].RunAsync<string>(Look));
            Assert.Equal(state, await tabs[writer].RunAsync<string>(Look));
        }
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Random_SQL_in_two_tabs_gives_what_a_model_says(string backend)
    {
        Random random = CreateRandom();
        TestPage[] tabs = await TakeAllAsync(backend, 2);
        await Task.WhenAll(tabs.Select(tab => tab.RunAsync("await open()")));
        await tabs[0].RunAsync("await db.exec('CREATE TABLE m (id INTEGER PRIMARY KEY, tag INTEGER NOT NULL, content BLOB NOT NULL)')");
        SortedDictionary<int, (int Tag, int Length)> model = [];
        int lastId = 0;
        for (int round = 0; round < Rounds; round++)
        {
            int writer = random.Next(2);
            string sql = Next(random, model, ref lastId, round);
            await tabs[writer].RunAsync(sql);
            string expected = string.Join(
                ' ', model.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Key}:{row.Value.Tag}:{row.Value.Length}")));
            foreach (int reader in random.Next(2) == 0 ? [1 - writer, writer] : new[] { 1 - writer })
            {
                string found = await tabs[reader].RunAsync<string>("""
                    const rows = await db.query('SELECT id, tag, length(content) AS length FROM m ORDER BY id');
                    return rows.map(row => `${row.id}:${row.tag}:${row.length}`).join(' ');
                    """);
                Assert.True(expected == found, $"Round {round}, {sql}\nexpected {expected}\nfound    {found}");
            }
        }
        foreach (TestPage tab in tabs)
            Assert.Equal("ok", await tab.RunAsync<string>("return await value('PRAGMA integrity_check')"));
    }

    /// <summary>Makes a change, does it to the model, and returns the script that does it in a tab.</summary>
    private static string Next(Random random, SortedDictionary<int, (int Tag, int Length)> model, ref int lastId, int round)
    {
        switch (random.Next(8))
        {
            case 0 or 1 or 2:
                var inserts = new List<string>();
                for (int count = random.Next(1, 30); count > 0; count--)
                {
                    // randomblob(0) has one byte.
                    int length = random.Next(1, random.Next(8) == 0 ? 100_000 : 3000);
                    model[++lastId] = (round, length);
                    inserts.Add($"[{lastId}, {round}, {length}]");
                }
                return $"await db.execMany('INSERT INTO m VALUES (?, ?, randomblob(?))', [{string.Join(", ", inserts)}])";
            case 3:
                (int remainder, int kept) = (random.Next(3), random.Next(10));
                foreach (int id in model.Keys.Where(id => id % 3 == remainder && id > kept).ToArray())
                    model.Remove(id);
                return $"await db.exec('DELETE FROM m WHERE id % 3 = {remainder} AND id > {kept}')";
            case 4:
                int grown = random.Next(5000);
                foreach (int id in model.Keys.Where(id => id % 4 == 0).ToArray())
                    model[id] = (round, grown);
                return $"await db.transaction(tx => tx.exec('UPDATE m SET tag = {round}, content = zeroblob({grown}) WHERE id % 4 = 0'))";
            case 5:
                return "await db.exec('VACUUM')";
            case 6:
                return "await db.exec('CREATE INDEX IF NOT EXISTS i ON m (tag, id)')";
            default:
                return """
                    await db.exec('DROP INDEX IF EXISTS i');
                    await fail(db.transaction(async tx => {
                      await tx.exec('DELETE FROM m');
                      throw new Error('rolled back');
                    }), 'Error', 'rolled back');
                    """;
        }
    }
}
