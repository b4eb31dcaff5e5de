using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What is stored outlives the page, the browser, and a crash of it.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class PersistenceTests(BrowserFixture fixture) : IAsyncLifetime
{
    private readonly string _profile = Directory.CreateTempSubdirectory("isar-profile-").FullName;

    private const string CreateTable = "CREATE TABLE IF NOT EXISTS entries (batch INTEGER NOT NULL, content TEXT NOT NULL)";

    private static readonly int _rounds = Environment.GetEnvironmentVariable("ISAR_STORAGE_LONG") is { Length: > 0 } ? 100 : 20;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        Directory.Delete(_profile, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Survives_a_reload_and_a_restart_of_the_browser(string backend)
    {
        await using (ChromiumBrowser first = await ChromiumBrowser.StartAsync(_profile))
        {
            IPage page = await fixture.OpenPageAsync(first);
            await page.EvaluateAsync($"async () => {{ {OpenDatabase(backend)} await db.exec('{CreateTable}'); await db.exec('INSERT INTO entries VALUES (1, ?)', ['kept']); }}");
            await page.CloseAsync();
            page = await fixture.OpenPageAsync(first);
            Assert.Equal("kept", await ReadContentAsync(page));
            await first.CloseAsync();
        }
        await using ChromiumBrowser second = await ChromiumBrowser.StartAsync(_profile);
        Assert.Equal("kept", await ReadContentAsync(await fixture.OpenPageAsync(second)));

        Task<string> ReadContentAsync(IPage page) => page.EvaluateAsync<string>(
            $"async () => {{ {OpenDatabase(backend)} return (await db.query('SELECT content FROM entries'))[0].content; }}");
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
    [InlineData("opfs", "delete")]
    [InlineData("opfs", "truncate")]
    [InlineData("opfs", "persist")]
    [InlineData("indexeddb", "delete")]
    [InlineData("indexeddb", "persist")]
    [InlineData("indexeddb", "memory")]
    public async Task A_kill_inside_a_transaction_leaves_exactly_the_acknowledged_ones(string backend, string journalMode)
    {
        await using (ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile))
        {
            IPage page = await fixture.OpenPageAsync(browser);
            await page.EvaluateAsync($$"""
                async () => {
                  {{OpenDatabase(backend, "transactionLimitMs: 600_000")}}
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
        Found found = await ReadAsync(await fixture.OpenPageAsync(restarted), backend);
        Assert.Equal("ok", found.Integrity);
        Assert.Equal(Enumerable.Repeat(10, 20), found.Batches);
        Assert.Equal(0, found.Changed);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Kills_at_any_moment_lose_no_acknowledged_transaction(string backend)
    {
        int acknowledged = 0;
        for (int round = 0; round <= (backend == "indexeddb" ? _rounds : _rounds / 4); round++)
        {
            await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile);
            IPage page = await fixture.OpenPageAsync(browser);
            if (round > 0)
            {
                Found found = await ReadAsync(page, backend);
                Assert.Equal("ok", found.Integrity);
                Assert.All(found.Batches, rows => Assert.Equal(10, rows));
                Assert.Equal(Enumerable.Range(1, found.Batches.Length).Sum() * 10, found.Sum);
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
                  {{OpenDatabase(backend)}}
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
              {{OpenDatabase("opfs")}}
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

    private static string OpenDatabase(string backend, string options = "") => $$"""
        globalThis.storage = await IsarStorage.start({ directory: 'persistence', candidates: ['{{backend}}'], {{options}} });
        globalThis.db = await storage.open('notes.db');
        """;

    private static async Task<Found> ReadAsync(IPage page, string backend)
    {
        string json = await page.EvaluateAsync<string>($$"""
            async () => {
              {{OpenDatabase(backend)}}
              const [{ integrity_check }] = await db.query('PRAGMA integrity_check');
              const batches = await db.query('SELECT count(*) AS rows FROM entries GROUP BY batch ORDER BY batch');
              const [{ sum }] = await db.query('SELECT coalesce(sum(batch), 0) AS sum FROM entries');
              const [{ changed }] = await db.query("SELECT count(*) AS changed FROM entries WHERE content LIKE 'y%'");
              return JSON.stringify({ Integrity: integrity_check, Batches: batches.map(batch => batch.rows), Sum: sum, Changed: changed });
            }
            """);
        return JsonSerializer.Deserialize<Found>(json)!;
    }

    private sealed record Found(string Integrity, int[] Batches, int Sum, int Changed);
}
