using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>What happens when the origin's space runs out, with a quota that is really lowered.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class BrowserQuotaTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    private const string Functions = """
        globalThis.insert = (connection, count) => connection.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)
          INSERT INTO entries (content) SELECT randomblob(1000) FROM c`, [count]);
        globalThis.check = async rows => {
          await assertWhole();
          const [found] = await db.query('SELECT count(*) AS rows, coalesce(sum(length(content)), 0) AS bytes FROM entries');
          assertEqual(found, { rows, bytes: rows * 1000 });
        };
        """;

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_quota_lowered_during_an_insert_rolls_it_back_and_work_goes_on_when_there_is_space(string backend)
    {
        await FillAsync(backend, 500);
        // A new browser: Chromium remembers for half a minute how much space it found for IndexedDB.
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
        TestPage page = await OpenAsync(browser, backend);
        ICDPSession devTools = await page.Page.Context.NewCDPSessionAsync(page.Page);
        await page.Page.ExposeFunctionAsync("lowerQuota", () => LowerQuotaAsync(page, devTools));
        await page.RunAsync($$"""
            {{Functions}}
            await open();
            const inserting = db.transaction(async tx => {
              for (let i = 0; i < 30; i++) {
                await insert(tx, 1000);
                if (i === 1) await lowerQuota();
              }
            });
            assertEqual((await fail(inserting)).code, 13);
            await check(500);
            for (let attempt = 0; attempt < 3; attempt++) {
              const { code, message } = await fail(insert(db, 30_000));
              assertEqual(code, 13);
              assert(/full|space|quota/i.test(message), message);
              await check(500);
            }
            """);
        await SetQuotaAsync(devTools, null);
        await page.RunAsync("""
            await insert(db, 5000);
            await check(5500);
            await db.transaction(async tx => {
              await tx.exec('DELETE FROM entries WHERE id % 2 = 0');
              await insert(tx, 2750);
            });
            await check(5500);
            await db.close();
            storage.stop();
            await start();
            await open();
            await check(5500);
            """);
    }

    /// <summary>
    /// A commit in IndexedDB fails after SQLite has made it. Whoever saw it meanwhile must neither go on with it nor keep it in a cache.
    /// </summary>
    [Fact]
    public async Task A_commit_that_is_undone_is_forgotten_by_everybody_who_saw_it()
    {
        await FillAsync("indexeddb", 20_000);
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
        TestPage page = await OpenAsync(browser, "indexeddb");
        ICDPSession devTools = await page.Page.Context.NewCDPSessionAsync(page.Page);
        await LowerQuotaAsync(page, devTools);
        await page.Page.ExposeFunctionAsync("raiseQuota", async () => await SetQuotaAsync(devTools, null));
        // Every commit leaves the file as long as it was, so that a cache could only tell them apart by SQLite's change counter.
        await page.RunAsync($$"""
            {{Functions}}
            await open();
            const [reader, idle, writer] = [await storage.open('shared.db'), await storage.open('shared.db'), await storage.open('shared.db')];
            const content = connection => value('SELECT hex(content) FROM entries WHERE id = 9000', connection);
            const original = await content(idle);
            let undone = 0;
            for (let attempt = 0; undone === 0; attempt++) {
              assert(attempt < 5, 'Somebody sees a commit that is undone.');
              const failing = fail(db.exec('UPDATE entries SET content = randomblob(1000)'));
              const reading = reader.stream('SELECT content FROM entries');
              const [begun, read, glanced] = [reading.next(), content(reader), content(idle)];
              assertEqual((await failing).code, 13);
              await begun;
              if (await read !== original && await glanced !== original) {
                undone++;
                await fail(reader.query('SELECT sum(length(content)) FROM entries'), undefined, 'could not be stored and was undone');
              }
              await reading.return();
            }
            await raiseQuota();
            for (let commit = 0; commit < undone; commit++) await writer.exec('UPDATE entries SET content = randomblob(1000) WHERE id = 1');
            for (const connection of [db, reader, idle, writer]) assert(await content(connection) === original, 'Nobody trusts what was undone.');
            await check(20_000);
            """);
    }

    /// <summary>Makes a database in a browser of its own.</summary>
    private async Task FillAsync(string backend, int rows)
    {
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
        TestPage page = await OpenAsync(browser, backend);
        await page.RunAsync($$"""
            {{Functions}}
            await open();
            await db.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, content BLOB NOT NULL)');
            await insert(db, {{rows}});
            """);
        await browser.CloseAsync();
    }

    private async Task LowerQuotaAsync(TestPage page, ICDPSession devTools) =>
        await SetQuotaAsync(devTools, await page.RunAsync<double>("return (await navigator.storage.estimate()).usage") + (4 * 1024 * 1024));

    private Task SetQuotaAsync(ICDPSession devTools, double? bytes)
    {
        var arguments = new Dictionary<string, object> { ["origin"] = new Uri(Fixture.Url).GetLeftPart(UriPartial.Authority) };
        if (bytes is { } quota)
            arguments.Add("quotaSize", quota);
        return devTools.SendAsync("Storage.overrideQuotaForOrigin", arguments);
    }
}
