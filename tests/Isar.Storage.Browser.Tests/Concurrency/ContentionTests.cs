using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>Several tabs and workers that all want the same database at the same time.</summary>
[Collection(BrowserTests.Name)]
public sealed class ContentionTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    private static readonly int _increments = TestRun.IsLong ? 500 : 100;

    private static readonly int _runs = TestRun.IsLong ? 30 : 6;

    private const string CreateCounter = "await db.exec('CREATE TABLE counter (n INTEGER NOT NULL); INSERT INTO counter VALUES (0)')";

    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Two_tabs_lose_none_of_their_increments(string backend)
    {
        await IncrementAsync(await OpenAsync(backend, 2), $"Chromium, {backend}");
    }

    [FirefoxTheory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Two_tabs_of_Firefox_lose_none_of_their_increments(string backend)
    {
        await using FirefoxBrowser browser = await FirefoxBrowser.StartAsync(Profile);
        await IncrementAsync([await OpenAsync(browser, backend), await OpenAsync(browser, backend)], $"Firefox, {backend}");
    }

    /// <summary>A fresh database is the hardest: nobody has it, nothing is recorded about it, and everybody makes it.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Four_workers_make_the_same_new_database_at_once(string backend)
    {
        TestPage tab = await OpenAsync(backend);
        await tab.RunAsync($$"""
            const storages = await Promise.all([0, 1, 2, 3].map(() => startAnother()));
            for (let run = 1; run <= {{_runs}}; run++) {
              const connections = await Promise.all(storages.map(async (storage, worker) => {
                const db = await storage.open(`new${run}.db`);
                await db.exec('CREATE TABLE IF NOT EXISTS t (worker INTEGER NOT NULL, row INTEGER NOT NULL)');
                await db.exec('CREATE UNIQUE INDEX IF NOT EXISTS i ON t (worker, row)');
                for (let row = 0; row < 3; row++) await db.exec('INSERT INTO t VALUES (?, ?)', [worker, row]);
                return db;
              }));
              const look = async db => `${await value('SELECT count(*) FROM t', db)} ${await value('PRAGMA integrity_check', db)}`;
              const seen = await Promise.all(connections.map(look));
              assertEqual(seen, Array(4).fill('12 ok'), `What the workers see in run ${run}`);
              await Promise.all(connections.map(db => db.close()));
            }
            storages.forEach(storage => storage.stop());
            """, TimeSpan.FromMinutes(10));
    }

    private async Task IncrementAsync(TestPage[] tabs, string where)
    {
        await Task.WhenAll(tabs.Select(tab => tab.RunAsync("await open()")));
        await tabs[0].RunAsync(CreateCounter);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(tabs.Select(tab => tab.RunAsync($$"""
            for (let i = 0; i < {{_increments}}; i++) {
              await db.transaction(async tx => {
                const [{ n }] = await tx.query('SELECT n FROM counter');
                await tx.exec('UPDATE counter SET n = ?', [n + 1]);
              });
            }
            """, TimeSpan.FromMinutes(10))));
        Output.WriteLine($"Measured: {tabs.Length} tabs x {_increments} increments, {where}: {watch.Elapsed.TotalSeconds:0.0} s");
        foreach (TestPage tab in tabs)
            Assert.Equal(tabs.Length * _increments, await tab.RunAsync<int>("return await value('SELECT n FROM counter')"));
    }
}
