using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What happens when the origin's space runs out, with a quota that is really lowered.</summary>
[Collection(BrowserTests.Name)]
public sealed class BrowserQuotaTests(BrowserFixture fixture) : IDisposable
{
    private readonly string _profile = Directory.CreateTempSubdirectory("isar-quota-").FullName;

    public void Dispose() => Directory.Delete(_profile, recursive: true);

    private const string Helpers = """
        const start = async () => {
          globalThis.storage = await IsarStorage.start({ directory: `quota-${backend}`, candidates: [backend] });
          globalThis.db = await storage.open('full.db');
        };
        const fail = async action => {
          try {
            await action();
          } catch (error) {
            return error;
          }
          throw new Error('It did not fail.');
        };
        const fill = (connection, count) => connection.exec(
          'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?) INSERT INTO entries (content) SELECT randomblob(1000) FROM c', [count]);
        const check = async rows => {
          const [{ integrity_check }] = await db.query('PRAGMA integrity_check');
          if (integrity_check !== 'ok') throw new Error(integrity_check);
          const [{ count, bytes }] = await db.query('SELECT count(*) AS count, coalesce(sum(length(content)), 0) AS bytes FROM entries');
          if (count !== rows || bytes !== rows * 1000) throw new Error(`${count} rows of ${bytes} bytes instead of ${rows}`);
        };
        """;

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_quota_lowered_during_an_insert_rolls_it_back_and_work_goes_on_when_there_is_space(string backend)
    {
        await using (ChromiumBrowser first = await ChromiumBrowser.StartAsync(_profile))
        {
            IPage page = await fixture.OpenPageAsync(first);
            await RunAsync(page, backend, "await start(); await db.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, content BLOB NOT NULL)'); await fill(db, 500);");
            await first.CloseAsync();
        }
        // A new browser: Chromium remembers for half a minute how much space it found for IndexedDB.
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile);
        IPage lowered = await fixture.OpenPageAsync(browser);
        ICDPSession devTools = await lowered.Context.NewCDPSessionAsync(lowered);
        await lowered.ExposeFunctionAsync("lowerQuota", async () =>
        {
            double usage = await lowered.EvaluateAsync<double>("async () => (await navigator.storage.estimate()).usage");
            await SetQuotaAsync(devTools, usage + (4 * 1024 * 1024));
        });
        await RunAsync(lowered, backend, """
            await start();
            const inserting = db.transaction(async tx => {
              for (let i = 0; i < 30; i++) {
                await fill(tx, 1000);
                if (i === 1) await lowerQuota();
              }
            });
            const insert = await fail(() => inserting);
            if (insert.code !== 13) throw insert;
            await check(500);
            for (let attempt = 0; attempt < 3; attempt++) {
              const error = await fail(() => fill(db, 30_000));
              if (error.code !== 13 || !/full|space|quota/i.test(error.message)) throw error;
              await check(500);
            }
            """);
        await SetQuotaAsync(devTools, null);
        await RunAsync(lowered, backend, """
            await fill(db, 5000);
            await check(5500);
            await db.transaction(async tx => {
              await tx.exec('DELETE FROM entries WHERE id % 2 = 0');
              await fill(tx, 2750);
            });
            await check(5500);
            await db.close();
            storage.stop();
            await start();
            await check(5500);
            storage.stop();
            """);
    }

    /// <summary>
    /// A commit in IndexedDB fails after SQLite has made it. Whoever saw it meanwhile must neither go on with it nor keep it in a cache.
    /// </summary>
    [Fact]
    public async Task A_commit_that_is_undone_is_forgotten_by_everybody_who_saw_it()
    {
        await using (ChromiumBrowser first = await ChromiumBrowser.StartAsync(_profile))
        {
            await RunAsync(await fixture.OpenPageAsync(first), "indexeddb",
                "await start(); await db.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, content BLOB NOT NULL)'); await fill(db, 20_000);");
            await first.CloseAsync();
        }
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile);
        IPage page = await fixture.OpenPageAsync(browser);
        ICDPSession devTools = await page.Context.NewCDPSessionAsync(page);
        double usage = await page.EvaluateAsync<double>("async () => (await navigator.storage.estimate()).usage");
        await SetQuotaAsync(devTools, usage + (4 * 1024 * 1024));
        await page.ExposeFunctionAsync("raiseQuota", async () => { await SetQuotaAsync(devTools, null); });
        // Every commit leaves the file as long as it was, so that a cache could only tell them apart by SQLite's change counter.
        await RunAsync(page, "indexeddb", """
            await start();
            const [reader, idle, writer] = [await storage.open('full.db'), await storage.open('full.db'), await storage.open('full.db')];
            const content = async connection => (await connection.query('SELECT hex(content) AS text FROM entries WHERE id = 9000'))[0].text;
            const original = await content(idle);
            let undone = 0;
            for (let attempt = 0; undone === 0; attempt++) {
              if (attempt === 5) throw new Error('Nobody saw a commit that was undone.');
              const failing = fail(() => db.exec('UPDATE entries SET content = randomblob(1000)'));
              const [begun, read, glanced] = [reader.exec('BEGIN'), content(reader), content(idle)];
              const error = await failing;
              if (error.code !== 13) throw error;
              await begun;
              if (await read !== original && await glanced !== original) {
                undone++;
                const doomed = await fail(() => reader.query('SELECT sum(length(content)) FROM entries'));
                if (!/could not be stored and was undone/.test(doomed.message)) throw doomed;
              }
              await reader.exec('ROLLBACK').catch(() => undefined);
            }
            await raiseQuota();
            for (let commit = 0; commit < undone; commit++) await writer.exec('UPDATE entries SET content = randomblob(1000) WHERE id = 1');
            for (const connection of [db, reader, idle, writer]) {
              if (await content(connection) !== original) throw new Error('It trusts what was undone.');
            }
            await check(20_000);
            storage.stop();
            """);
        await browser.CloseAsync();
    }

    private static Task RunAsync(IPage page, string backend, string script) =>
        page.EvaluateAsync($"async () => {{ const backend = '{backend}'; {Helpers} {script} }}");

    private Task SetQuotaAsync(ICDPSession devTools, double? bytes)
    {
        var arguments = new Dictionary<string, object> { ["origin"] = new Uri(fixture.Url).GetLeftPart(UriPartial.Authority) };
        if (bytes is { } quota)
            arguments.Add("quotaSize", quota);
        return devTools.SendAsync("Storage.overrideQuotaForOrigin", arguments);
    }
}
