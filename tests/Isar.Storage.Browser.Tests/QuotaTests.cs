using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What happens when the origin's space runs out, with a quota that is really lowered.</summary>
[Collection(BrowserTests.Name)]
public sealed class QuotaTests(BrowserFixture fixture) : IDisposable
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
            await RunAsync(page, "await start(); await db.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, content BLOB NOT NULL)'); await fill(db, 500);");
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
        await RunAsync(lowered, """
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
        await RunAsync(lowered, """
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

        Task RunAsync(IPage page, string script) => page.EvaluateAsync($"async () => {{ const backend = '{backend}'; {Helpers} {script} }}");
    }

    /// <summary>
    /// A commit in IndexedDB fails after SQLite has made it. Whoever saw it meanwhile must neither go on with it nor keep it in a cache.
    /// </summary>
    [Fact]
    public async Task A_commit_that_is_undone_is_forgotten_by_everybody_who_saw_it()
    {
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile);
        IPage page = await fixture.OpenPageAsync(browser);
        ICDPSession devTools = await page.Context.NewCDPSessionAsync(page);
        await SetQuotaAsync(devTools, 5 * 1024 * 1024);
        await page.EvaluateAsync($$"""
            async () => {
              const backend = 'indexeddb';
              {{Helpers}}
              await start();
              await db.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, content BLOB NOT NULL)');
              await fill(db, 500);
              const [reader, writer] = [await storage.open('full.db'), await storage.open('full.db')];
              const count = async connection => (await connection.query('SELECT count(*) AS n FROM entries'))[0].n;
              let seen = 0;
              for (let round = 0; round < 10; round++) {
                const failing = fail(() => fill(db, 20_000));
                const [begun, counted] = [reader.exec('BEGIN'), count(reader)];
                const error = await failing;
                if (error.code !== 13) throw error;
                await begun;
                if (await counted !== 500) {
                  seen++;
                  const doomed = await fail(() => reader.query('SELECT max(id), sum(length(content)) FROM entries'));
                  if (!/could not be stored and was undone/.test(doomed.message)) throw doomed;
                }
                await reader.exec('ROLLBACK').catch(() => undefined);
                await check(500);
                // As many commits as were undone: a page cache that only compared counts would now be trusted again.
                await writer.exec("UPDATE entries SET content = randomblob(1000) WHERE id = 1");
                const content = async connection => (await connection.query('SELECT hex(content) AS text FROM entries WHERE id = 1'))[0].text;
                if (await count(reader) !== 500 || await content(reader) !== await content(writer)) throw new Error(`Round ${round} left the reader behind.`);
                await check(500);
              }
              if (seen === 0) throw new Error('The reader never saw a commit that was undone.');
              storage.stop();
            }
            """);
        await browser.CloseAsync();
    }

    private Task SetQuotaAsync(ICDPSession devTools, double? bytes)
    {
        var arguments = new Dictionary<string, object> { ["origin"] = new Uri(fixture.Url).GetLeftPart(UriPartial.Authority) };
        if (bytes is { } quota)
            arguments.Add("quotaSize", quota);
        return devTools.SendAsync("Storage.overrideQuotaForOrigin", arguments);
    }
}
