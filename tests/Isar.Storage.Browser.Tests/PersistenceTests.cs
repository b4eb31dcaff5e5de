using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>What is stored outlives the page, the browser, and a crash of it.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class PersistenceTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    private const string CreateEntries = "await db.exec('CREATE TABLE IF NOT EXISTS entries (batch INTEGER NOT NULL, content TEXT NOT NULL)');";

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Survives_a_reload_and_a_restart_of_the_browser(string backend)
    {
        const string Read = "await open(); assertEqual(await value('SELECT content FROM entries'), 'kept')";
        await using (ChromiumBrowser first = await ChromiumBrowser.StartAsync(Profile))
        {
            TestPage page = await OpenAsync(first, backend);
            await page.RunAsync($"await open(); {CreateEntries} await db.exec('INSERT INTO entries VALUES (1, ?)', ['kept']);");
            await page.Page.CloseAsync();
            await (await OpenAsync(first, backend)).RunAsync(Read);
            await first.CloseAsync();
        }
        await using ChromiumBrowser second = await ChromiumBrowser.StartAsync(Profile);
        await (await OpenAsync(second, backend)).RunAsync(Read);
    }

    [Fact]
    public async Task Reloads_in_a_row_open_the_database_at_once()
    {
        TestPage page = await OpenAsync();
        for (int count = 1; count <= (TestRun.IsLong ? 50 : 6); count++)
        {
            await page.ReloadAsync();
            Assert.Equal(count, await page.RunAsync<int>("""
                await open();
                await db.exec('CREATE TABLE IF NOT EXISTS loads (id INTEGER PRIMARY KEY)');
                await db.exec('INSERT INTO loads DEFAULT VALUES');
                return await value('SELECT count(*) FROM loads');
                """));
        }
    }

    [Theory]
    [InlineData("opfs", "delete", "truncate", "persist", "wal")]
    [InlineData("indexeddb", "delete", "persist", "memory")]
    public async Task A_kill_inside_transactions_leaves_exactly_the_acknowledged_ones(string backend, params string[] journalModes)
    {
        await using (ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile))
        {
            TestPage page = await OpenAsync(browser, backend);
            await page.RunAsync("await start({ transactionLimitMs: 600_000 })");
            foreach (string journalMode in journalModes)
            {
                await page.RunAsync($$"""
                    globalThis.db = await storage.open('{{journalMode}}.db');
                    await db.query('PRAGMA journal_mode = {{journalMode}}');
                    {{CreateEntries}}
                    for (let batch = 1; batch <= 20; batch++) {
                      await db.transaction(async tx => {
                        for (let i = 0; i < 10; i++) await tx.exec('INSERT INTO entries VALUES (?, ?)', [batch, 'x'.repeat(500)]);
                      });
                    }
                    await db.query('PRAGMA cache_size = 5');
                    await new Promise(written => go(db.transaction(async tx => {
                      await tx.exec('UPDATE entries SET content = ?', ['y'.repeat(700)]);
                      for (let i = 0; i < 500; i++) await tx.exec('INSERT INTO entries VALUES (21, ?)', ['z'.repeat(900)]);
                      written();
                      await new Promise(() => {});
                    })));
                    """);
            }
            await browser.KillAsync();
        }
        await using ChromiumBrowser restarted = await ChromiumBrowser.StartAsync(Profile);
        TestPage reader = await OpenAsync(restarted, backend);
        await reader.RunAsync("await start()");
        foreach (string journalMode in journalModes)
        {
            Found found = await ReadAsync(reader, $"{journalMode}.db");
            Assert.Equal((journalMode, "ok"), (journalMode, found.Integrity));
            Assert.Equal(Enumerable.Repeat(10, 20), found.Batches);
            Assert.Equal(0, found.Changed);
        }
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Kills_at_any_moment_lose_no_acknowledged_transaction(string backend)
    {
        Random random = CreateRandom();
        int acknowledged = 0;
        for (int kills = 0; ; kills++)
        {
            await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
            TestPage page = await OpenAsync(browser, backend);
            await page.RunAsync("await start()");
            if (kills > 0)
            {
                Found found = await ReadAsync(page, "shared.db");
                Assert.Equal("ok", found.Integrity);
                Assert.All(found.Batches, rows => Assert.Equal(10, rows));
                Assert.Equal(Enumerable.Range(1, found.Batches.Length).Sum() * 10, found.Sum);
                // The last transaction may have been stored without the page having heard of it.
                Assert.InRange(found.Batches.Length, acknowledged, acknowledged + 1);
                acknowledged = found.Batches.Length;
                if (kills == (TestRun.IsLong ? 60 : 5))
                    return;
            }
            int wanted = acknowledged + random.Next(5, 40);
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await page.Page.ExposeFunctionAsync("acknowledge", (int batch) =>
            {
                acknowledged = batch;
                if (batch >= wanted)
                    reached.TrySetResult();
            });
            await page.RunAsync($$"""
                await open();
                {{CreateEntries}}
                go((async () => {
                  for (let batch = {{acknowledged}} + 1; ; batch++) {
                    await db.transaction(async tx => {
                      for (let i = 0; i < 10; i++) await tx.exec('INSERT INTO entries VALUES (?, ?)', [batch, 'x'.repeat(300)]);
                    });
                    await acknowledge(batch);
                    if (batch % 7 === 0) await db.query('PRAGMA wal_checkpoint(TRUNCATE)');
                  }
                })());
                """);
            await reached.Task.WaitAsync(ChromiumBrowser.Patience);
            await browser.KillAsync();
        }
    }

    [Fact]
    public async Task The_database_lies_in_OPFS_under_its_name_and_stock_SQLite_reads_it()
    {
        TestPage page = await OpenAsync();
        byte[] bytes = await page.RunAsync<byte[]>($$"""
            await open();
            {{CreateEntries}}
            await db.exec('INSERT INTO entries VALUES (7, ?)', ['grüße']);
            await db.close();
            storage.stop();
            return await base64(await (await (await opfsDirectory()).getFileHandle('shared.db')).getFile());
            """);
        Assert.Equal("7|grüße\nok", await Programs.AskSqliteAsync(bytes, "SELECT batch, content FROM entries; PRAGMA integrity_check;"));
    }

    private static Task<Found> ReadAsync(TestPage page, string name) => page.RunAsync<Found>($$"""
        globalThis.db = await storage.open('{{name}}');
        return {
          integrity: await value('PRAGMA integrity_check'),
          batches: (await db.query('SELECT count(*) AS rows FROM entries GROUP BY batch ORDER BY batch')).map(batch => batch.rows),
          sum: await value('SELECT coalesce(sum(batch), 0) FROM entries'),
          changed: await value("SELECT count(*) FROM entries WHERE content LIKE 'y%'"),
        };
        """);

    private sealed record Found(string Integrity, int[] Batches, int Sum, int Changed);
}
