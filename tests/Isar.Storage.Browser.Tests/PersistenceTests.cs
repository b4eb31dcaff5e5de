using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What is stored in OPFS outlives the page, the browser, and a crash of it.</summary>
[Collection(BrowserTests.Name)]
public sealed class PersistenceTests(BrowserFixture fixture) : IAsyncLifetime
{
    private readonly string _profile = Directory.CreateTempSubdirectory("isar-profile-").FullName;

    private const string CreateTable = "CREATE TABLE IF NOT EXISTS entries (batch INTEGER NOT NULL, content TEXT NOT NULL)";

    private const string OpenDatabase = """
        globalThis.storage = await IsarStorage.start({ directory: 'persistence' });
        globalThis.db = await storage.open('notes.db');
        """;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Directory.Delete(_profile, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Survives_a_reload_and_a_restart_of_the_browser()
    {
        await using (ChromiumBrowser first = await ChromiumBrowser.StartAsync(_profile))
        {
            IPage page = await fixture.OpenPageAsync(first);
            await page.EvaluateAsync($"async () => {{ {OpenDatabase} await db.exec('{CreateTable}'); await db.exec('INSERT INTO entries VALUES (1, ?)', ['kept']); }}");
            await page.CloseAsync();
            page = await fixture.OpenPageAsync(first);
            Assert.Equal("kept", await ReadContentAsync(page));
            await first.CloseAsync();
        }
        await using ChromiumBrowser second = await ChromiumBrowser.StartAsync(_profile);
        Assert.Equal("kept", await ReadContentAsync(await fixture.OpenPageAsync(second)));

        static Task<string> ReadContentAsync(IPage page) => page.EvaluateAsync<string>(
            $"async () => {{ {OpenDatabase} return (await db.query('SELECT content FROM entries'))[0].content; }}");
    }

    [Fact]
    public async Task Twenty_reloads_in_a_row_open_the_database_at_once()
    {
        IPage page = await fixture.OpenPageAsync();
        for (int count = 1; count <= 20; count++)
        {
            await page.ReloadAsync();
            int rows = await page.EvaluateAsync<int>("""
                async () => {
                  const { IsarStorage } = await import('/isar/isar-client.js');
                  const storage = await IsarStorage.start({ directory: 'reloads' });
                  const db = await storage.open('reloads.db');
                  await db.exec('CREATE TABLE IF NOT EXISTS loads (id INTEGER PRIMARY KEY)');
                  await db.exec('INSERT INTO loads DEFAULT VALUES');
                  return (await db.query('SELECT count(*) AS count FROM loads'))[0].count;
                }
                """);
            Assert.Equal(count, rows);
        }
        await page.CloseAsync();
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("truncate")]
    [InlineData("persist")]
    public async Task A_kill_inside_a_transaction_leaves_exactly_the_acknowledged_ones(string journalMode)
    {
        await using (ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile))
        {
            IPage page = await fixture.OpenPageAsync(browser);
            await page.EvaluateAsync($$"""
                async () => {
                  {{OpenDatabase}}
                  await db.query('PRAGMA journal_mode = {{journalMode}}');
                  await db.exec('{{CreateTable}}');
                  for (let batch = 1; batch <= 20; batch++) {
                    await db.transaction(async tx => {
                      for (let i = 0; i < 10; i++) await tx.exec('INSERT INTO entries VALUES (?, ?)', [batch, 'x'.repeat(500)]);
                    });
                  }
                  await db.query('PRAGMA cache_size = 5');
                  await new Promise(written => {
                    db.transaction(async tx => {
                      await tx.exec('UPDATE entries SET content = ?', ['y'.repeat(700)]);
                      for (let i = 0; i < 500; i++) await tx.exec('INSERT INTO entries VALUES (21, ?)', ['z'.repeat(900)]);
                      written();
                      await new Promise(() => {});
                    });
                  });
                }
                """);
            await browser.KillAsync();
        }
        await using ChromiumBrowser restarted = await ChromiumBrowser.StartAsync(_profile);
        Found found = await ReadAsync(await fixture.OpenPageAsync(restarted));
        Assert.Equal("ok", found.Integrity);
        Assert.Equal(Enumerable.Repeat(10, 20), found.Batches);
        Assert.Equal(0, found.Changed);
    }

    [Fact]
    public async Task Kills_at_any_moment_lose_no_acknowledged_transaction()
    {
        int acknowledged = 0;
        for (int round = 1; round <= 5; round++)
        {
            await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile);
            IPage page = await fixture.OpenPageAsync(browser);
            if (round > 1)
            {
                Found found = await ReadAsync(page);
                Assert.Equal("ok", found.Integrity);
                Assert.All(found.Batches, rows => Assert.Equal(10, rows));
                // The last transaction may have been stored without the page having heard of it.
                Assert.InRange(found.Batches.Length, acknowledged, acknowledged + 1);
                acknowledged = found.Batches.Length;
                await page.EvaluateAsync("async () => { await db.close(); storage.stop(); }");
            }
            int wanted = acknowledged + Random.Shared.Next(5, 40);
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await page.ExposeFunctionAsync("acknowledge", (int batch) =>
            {
                acknowledged = batch;
                if (batch >= wanted)
                    reached.TrySetResult();
            });
            await page.EvaluateAsync($$"""
                async () => {
                  {{OpenDatabase}}
                  await db.exec('{{CreateTable}}');
                  const write = async () => {
                    for (let batch = {{acknowledged}} + 1; ; batch++) {
                      await db.transaction(async tx => {
                        for (let i = 0; i < 10; i++) await tx.exec('INSERT INTO entries VALUES (?, ?)', [batch, 'x'.repeat(300)]);
                      });
                      await acknowledge(batch);
                    }
                  };
                  write();
                }
                """);
            await reached.Task.WaitAsync(ChromiumBrowser.Patience);
            await browser.KillAsync();
        }
    }

    [Fact]
    public async Task The_database_lies_in_OPFS_under_its_name_and_stock_SQLite_reads_it()
    {
        IPage page = await fixture.OpenPageAsync();
        string[] names = await page.EvaluateAsync<string[]>($$"""
            async () => {
              {{OpenDatabase}}
              await db.exec('{{CreateTable}}');
              await db.exec('INSERT INTO entries VALUES (7, ?)', ['grüße']);
              await db.close();
              storage.stop();
              const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle('persistence');
              return await Array.fromAsync(directory.keys());
            }
            """);
        Assert.Contains("notes.db", names);
        string encoded = await page.EvaluateAsync<string>("""
            async () => {
              const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle('persistence');
              const bytes = new Uint8Array(await (await (await directory.getFileHandle('notes.db')).getFile()).arrayBuffer());
              return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
            }
            """);
        await page.CloseAsync();
        string copy = Path.Combine(_profile, "copy.db");
        await File.WriteAllBytesAsync(copy, Convert.FromBase64String(encoded));
        using var sqlite = Process.Start(
            new ProcessStartInfo("sqlite3", [copy, "SELECT batch, content FROM entries; PRAGMA integrity_check;"]) { RedirectStandardOutput = true })!;
        Assert.Equal("7|grüße\nok\n", await sqlite.StandardOutput.ReadToEndAsync());
    }

    private static async Task<Found> ReadAsync(IPage page)
    {
        string json = await page.EvaluateAsync<string>($$"""
            async () => {
              {{OpenDatabase}}
              const [{ integrity_check }] = await db.query('PRAGMA integrity_check');
              const batches = await db.query('SELECT count(*) AS rows FROM entries GROUP BY batch ORDER BY batch');
              const [{ changed }] = await db.query("SELECT count(*) AS changed FROM entries WHERE content LIKE 'y%'");
              return JSON.stringify({ Integrity: integrity_check, Batches: batches.map(batch => batch.rows), Changed: changed });
            }
            """);
        return JsonSerializer.Deserialize<Found>(json)!;
    }

    private sealed record Found(string Integrity, int[] Batches, int Changed);
}
