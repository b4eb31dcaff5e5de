using Isar.Storage.Browser.Tests.Data;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>A large database moves between OPFS and IndexedDB, and whatever ends that in the middle, it is complete in one of them.</summary>
[Collection(DataTests.Name)]
public sealed class BrowserMigrationTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    /// <summary>A row takes about 1050 bytes: 100 MB, or 10.</summary>
    private static readonly int _rows = TestRun.IsLong ? 100_000 : 10_000;

    /// <summary>Half of them while it moves to IndexedDB, half of them while it moves back.</summary>
    private static readonly int _kills = TestRun.IsLong ? 40 : 10;

    /// <summary>Every how many kills the whole browser is killed, and not only the worker.</summary>
    private const int BrowserKill = 2;

    private static readonly string _functions = $$"""
        globalThis.startBoth = () => start({ candidates: ['opfs', 'indexeddb'] });
        globalThis.check = async expected => {
          const db = await storage.open('large.db');
          await assertWhole(db);
          const [found] = await db.query('SELECT count(*) AS rows, sum(id) AS ids, sum(length(content)) AS bytes FROM t');
          found.sample = await value("SELECT group_concat(hex(substr(content, 1, 8)), '') FROM t WHERE id % 997 = 0", db);
          await db.close();
          if (expected) assertEqual(found, expected, 'What is in the database');
          const entries = await storage.list();
          assertEqual(entries.map(entry => entry.name), ['large.db']);
          assert(entries[0].bytes > {{_rows}} * 1000, entries);
          return { found, backend: entries[0].backend };
        };
        globalThis.otherOf = backend => backend === 'opfs' ? 'indexeddb' : 'opfs';
        """;

    [Fact]
    public async Task A_large_database_moves_both_ways_and_kills_at_any_point_lose_nothing()
    {
        Random random = CreateRandom();
        ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
        try
        {
            TestPage page = await OpenAsync(browser);
            string expected = await page.RunAsync<string>($$"""
                {{_functions}}
                await startBoth();
                const db = await storage.open('large.db');
                await db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, content BLOB NOT NULL)');
                await db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {{_rows}})
                  INSERT INTO t SELECT i, randomblob(1000) FROM c`);
                await db.close();
                return JSON.stringify((await check()).found);
                """);
            double[] durations = await page.RunAsync<double[]>($$"""
                const durations = [];
                for (const backend of ['indexeddb', 'opfs']) {
                  const reports = [];
                  const began = performance.now();
                  await storage.migrate('large.db', backend, { onProgress: progress => reports.push(progress) });
                  durations.push(performance.now() - began);
                  for (const stage of ['copying', 'verifying']) {
                    const completed = reports.filter(report => report.stage === stage).map(report => report.completed);
                    assert(completed.length > 1, [stage, completed]);
                    assertEqual(completed, completed.toSorted((a, b) => a - b), stage);
                    assertEqual(completed.at(-1), reports.find(report => report.stage === stage).total, stage);
                  }
                  assertEqual((await check({{expected}})).backend, backend);
                }
                storage.stop();
                return durations;
                """);
            Output.WriteLine($"Measured: {_rows / 1000} MB from OPFS to IndexedDB in {durations[0]:0} ms, back in {durations[1]:0} ms.");

            var ends = new Dictionary<string, int> { ["opfs"] = 0, ["indexeddb"] = 0 };
            for (int kill = 1; kill <= _kills; kill++)
            {
                bool killsBrowser = kill % BrowserKill == 0;
                string from = kill <= _kills / 2 ? "opfs" : "indexeddb";
                int delay = random.Next((int)(durations[from == "opfs" ? 0 : 1] * 1.2));
                string backend = await page.RunAsync<string>($$"""
                    await startBoth();
                    const { backend } = await check({{expected}});
                    await storage.migrate('large.db', '{{from}}');
                    const moving = storage.migrate('large.db', otherOf('{{from}}'));
                    const ended = moving.then(() => 'done', error => error.kind);
                    await Promise.race([ended, sleep({{delay}})]);
                    if ({{(killsBrowser ? "false" : "true")}}) {
                      storage.stop();
                      const outcome = await ended;
                      assert(['done', 'closed'].includes(outcome), outcome);
                    }
                    return backend;
                    """);
                if (kill > 1)
                    ends[backend]++;
                if (killsBrowser)
                {
                    await browser.KillAsync();
                    await browser.DisposeAsync();
                    browser = await ChromiumBrowser.StartAsync(Profile);
                    page = await OpenAsync(browser);
                    await page.RunAsync(_functions);
                }
            }
            ends[await page.RunAsync<string>($"await startBoth(); return (await check({expected})).backend")]++;
            Output.WriteLine(
                $"Measured: {_kills} kills while moving, after which the database was found in OPFS {ends["opfs"]} times "
                + $"and in IndexedDB {ends["indexeddb"]} times.");
        }
        finally
        {
            await browser.DisposeAsync();
        }
    }
}
