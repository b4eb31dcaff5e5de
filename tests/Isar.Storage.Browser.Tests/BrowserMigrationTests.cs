using System.Text.Json;
using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>A large database moves between OPFS and IndexedDB, and whatever ends that in the middle, it is complete in one of them.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class BrowserMigrationTests(BrowserFixture fixture, ITestOutputHelper output) : IDisposable
{
    private const int Rows = 100_000;

    private const int Kills = 20;

    /// <summary>Every how many kills the whole browser is killed, and not only the worker.</summary>
    private const int BrowserKill = 5;

    private const string Helpers = """
        globalThis.expect = (isTrue, what) => { if (!isTrue) throw new Error(JSON.stringify(what)); };
        globalThis.start = async () => globalThis.storage = await IsarStorage.start({ directory: 'migration' });
        globalThis.check = async expected => {
          const db = await storage.open('large.db');
          const [{ integrity_check }] = await db.query('PRAGMA integrity_check');
          const [{ rows, ids, bytes }] = await db.query('SELECT count(*) AS rows, sum(id) AS ids, sum(length(content)) AS bytes FROM t');
          const [{ sample }] = await db.query("SELECT group_concat(hex(substr(content, 1, 8)), '') AS sample FROM t WHERE id % 997 = 0");
          await db.close();
          const found = JSON.stringify({ integrity_check, rows, ids, bytes, sample });
          expect(expected === undefined || found === expected, found.slice(0, 200));
          const entries = await storage.list();
          expect(entries.length === 1 && entries[0].name === 'large.db' && entries[0].bytes > 100_000_000, entries);
          return { found, backend: entries[0].backend };
        };
        globalThis.otherOf = backend => backend === 'opfs' ? 'indexeddb' : 'opfs';
        """;

    private readonly string _profile = Directory.CreateTempSubdirectory("isar-migration-").FullName;

    public void Dispose() => Directory.Delete(_profile, recursive: true);

    [Fact]
    public async Task A_database_of_100_MB_moves_both_ways_and_kills_at_any_point_lose_nothing()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("ISAR_STORAGE_SEED"), out int given) ? given : Random.Shared.Next();
        output.WriteLine($"ISAR_STORAGE_SEED={seed}");
        var random = new Random(seed);
        ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile);
        try
        {
            IPage page = await OpenAsync(browser);
            string expected = (await EvaluateAsync(page, $$"""
                await start();
                const db = await storage.open('large.db');
                await db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, content BLOB NOT NULL)');
                await db.exec('WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {{Rows}}) INSERT INTO t SELECT i, randomblob(1000) FROM c');
                await db.close();
                return (await check()).found;
                """)).GetString()!;
            double[] durations = (await EvaluateAsync(page, $$"""
                const durations = [];
                for (const backend of ['indexeddb', 'opfs']) {
                  const reports = [];
                  const began = performance.now();
                  await storage.migrate('large.db', backend, { onProgress: progress => reports.push(progress) });
                  durations.push(performance.now() - began);
                  for (const stage of ['copying', 'verifying']) {
                    const completed = reports.filter(report => report.stage === stage).map(report => report.completed);
                    expect(completed.length > 1 && completed.every((bytes, i) => i === 0 || bytes >= completed[i - 1]), [stage, completed]);
                    expect(completed.at(-1) === reports.find(report => report.stage === stage).total, [stage, completed.at(-1)]);
                  }
                  expect((await check({{JsonSerializer.Serialize(expected)}})).backend === backend, backend);
                }
                storage.stop();
                return durations;
                """)).Deserialize<double[]>()!;
            output.WriteLine($"Measured: 100 MB from OPFS to IndexedDB in {durations[0]:0} ms, back in {durations[1]:0} ms.");

            var ends = new Dictionary<string, int> { ["opfs"] = 0, ["indexeddb"] = 0 };
            for (int kill = 1; kill <= Kills; kill++)
            {
                bool killsBrowser = kill % BrowserKill == 0;
                string from = kill <= Kills / 2 ? "opfs" : "indexeddb";
                int delay = random.Next((int)(durations[from == "opfs" ? 0 : 1] * 1.2));
                string backend = (await EvaluateAsync(page, $$"""
                    await start();
                    const { backend } = await check({{JsonSerializer.Serialize(expected)}});
                    await storage.migrate('large.db', '{{from}}');
                    const moving = storage.migrate('large.db', otherOf('{{from}}'));
                    const ended = moving.then(() => 'done', error => error.kind);
                    await Promise.race([ended, new Promise(resolve => setTimeout(resolve, {{delay}}))]);
                    if ({{(killsBrowser ? "false" : "true")}}) {
                      storage.stop();
                      const outcome = await ended;
                      expect(['done', 'closed'].includes(outcome), outcome);
                    }
                    return backend;
                    """)).GetString()!;
                if (kill > 1)
                    ends[backend]++;
                if (killsBrowser)
                {
                    await browser.KillAsync();
                    await browser.DisposeAsync();
                    browser = await ChromiumBrowser.StartAsync(_profile);
                    page = await OpenAsync(browser);
                }
            }
            string last = (await EvaluateAsync(
                page, $"await start(); const {{ backend }} = await check({JsonSerializer.Serialize(expected)}); storage.stop(); return backend;")).GetString()!;
            ends[last]++;
            output.WriteLine($"Measured: {Kills} kills while moving, after which the database was found in OPFS {ends["opfs"]} times and in IndexedDB {ends["indexeddb"]} times.");
        }
        finally
        {
            await browser.DisposeAsync();
        }
    }

    private async Task<IPage> OpenAsync(ChromiumBrowser browser)
    {
        IPage page = await fixture.OpenPageAsync(browser);
        await page.EvaluateAsync($"async () => {{ {Helpers} }}");
        return page;
    }

    private static async Task<JsonElement> EvaluateAsync(IPage page, string script) =>
        JsonSerializer.Deserialize<JsonElement>(await page.EvaluateAsync<string>($"async () => JSON.stringify(await (async () => {{ {script} }})() ?? null)"));
}
