using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>What a tenure has lent costs no crossing between .NET and JavaScript; else the unit of a crossing is a statement, never a row.</summary>
[Collection(BrowserTests.Name)]
public sealed class CrossingTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    [Fact]
    public async Task A_cached_select_crosses_never_while_the_tenure_lasts()
    {
        TestPage page = await OpenAsync();
        int[] crossings = await page.RunAsync<int[]>("""
            await open();
            await db.exec(`CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT, value REAL, data BLOB, other INTEGER);
              WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
              INSERT INTO rows SELECT i, 'name ' || i, i / 3.0, randomblob(20), NULL FROM n`);
            const count = async limit => {
              await db.query('SELECT * FROM rows LIMIT ?', [limit]);
              const before = await storage.diagnostics();
              const rows = await db.query('SELECT * FROM rows LIMIT ?', [limit]);
              const after = await storage.diagnostics();
              assertEqual(rows.length, limit, 'The number of rows');
              return after.crossingsToDotnet - before.crossingsToDotnet + after.crossingsToJs - before.crossingsToJs;
            };
            return [await count(1), await count(10), await count(1000)];
            """);
        Output.WriteLine(
            $"Measured: crossings of one cached SELECT of 1 row {crossings[0]}, of 10 rows {crossings[1]}, of 1000 rows {crossings[2]}.");
        Assert.Equal([0, 0, 0], crossings);
    }

    [Fact]
    public async Task Pages_that_are_not_cached_are_read_without_net()
    {
        TestPage page = await OpenAsync();
        int[] crossings = await page.RunAsync<int[]>("""
            await open();
            await db.exec(`PRAGMA cache_size = 10;
              CREATE TABLE rows (id INTEGER PRIMARY KEY, data BLOB);
              WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
              INSERT INTO rows SELECT i, randomblob(2000) FROM n`);
            const count = async (sql, parameters) => {
              const before = await storage.diagnostics();
              const [{ bytes }] = await db.query(sql, parameters);
              assert(bytes > 0, 'Nothing was read');
              const after = await storage.diagnostics();
              return after.crossingsToDotnet - before.crossingsToDotnet + after.crossingsToJs - before.crossingsToJs;
            };
            const everything = 'SELECT sum(length(data)) AS bytes FROM rows';
            const one = 'SELECT length(data) AS bytes FROM rows WHERE id = ?';
            await count(everything);
            const before = [await count(everything), await count(one, [1]), await count(one, [700])];
            await db.exec('UPDATE rows SET data = randomblob(2000) WHERE id = 500');
            await count(everything);
            return [...before, await count(everything), await count(one, [1])];
            """);
        Output.WriteLine($"Measured: crossings of queries that read the storage: {string.Join(", ", crossings)}.");
        Assert.Equal([0, 0, 0, 0, 0], crossings);
    }

    [Fact]
    public async Task A_failed_statement_crosses_as_often_as_one_that_is_done()
    {
        TestPage page = await OpenAsync();
        int[] crossings = await page.RunAsync<int[]>("""
            await open();
            const count = async (sql, code) => {
              await db.query(sql).catch(() => {});
              const before = await storage.diagnostics();
              const outcome = await db.query(sql).then(() => 0, error => error.code);
              const after = await storage.diagnostics();
              assertEqual(outcome, code, 'The outcome');
              return after.crossingsToDotnet - before.crossingsToDotnet + after.crossingsToJs - before.crossingsToJs;
            };
            return [await count('SELECT 1', 0), await count('SELECT abs(-9223372036854775808)', 1)];
            """);
        Output.WriteLine($"Measured: crossings of a statement that is done {crossings[0]}, of one that fails {crossings[1]}.");
        Assert.Equal(crossings[0], crossings[1]);
    }
}
