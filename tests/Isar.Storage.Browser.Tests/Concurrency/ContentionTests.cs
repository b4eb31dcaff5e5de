using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>Several tabs and workers that all want the same database at the same time.</summary>
[Collection(BrowserTests.Name)]
public sealed class ContentionTests(BrowserFixture fixture, ITestOutputHelper output) : TabsTestBase(fixture, output)
{
    private const int Increments = 500;

    private const int Runs = 30;

    private const string CreateCounter = "await db.exec('CREATE TABLE counter (n INTEGER NOT NULL); INSERT INTO counter VALUES (0)')";

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Two_tabs_lose_none_of_their_increments(string backend)
    {
        Tab[] tabs = await OpenTabsAsync(backend);
        await IncrementAsync(tabs, Increments, $"Chromium, {backend}");
    }

    [FirefoxTheory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public Task Two_tabs_of_Firefox_lose_none_of_their_increments(string backend) => InFirefoxAsync(backend, async open =>
        await IncrementAsync([await open(), await open()], Increments, $"Firefox, {backend}"));

    /// <summary>A fresh database is the hardest: nobody has it, nothing is recorded about it, and everybody makes it.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Four_workers_make_the_same_new_database_at_once(string backend)
    {
        Tab tab = await OpenTabAsync(backend);
        await tab.RunAsync($$"""
            const storages = await Promise.all([0, 1, 2, 3].map(() => IsarStorage.start({ directory, candidates: [backend] })));
            for (let run = 1; run <= {{Runs}}; run++) {
              const connections = await Promise.all(storages.map(async (storage, worker) => {
                const db = await storage.open(`new${run}.db`);
                await db.exec('CREATE TABLE IF NOT EXISTS t (worker INTEGER NOT NULL, row INTEGER NOT NULL)');
                await db.exec('CREATE UNIQUE INDEX IF NOT EXISTS i ON t (worker, row)');
                for (let row = 0; row < 3; row++) await db.exec('INSERT INTO t VALUES (?, ?)', [worker, row]);
                return db;
              }));
              const seen = await Promise.all(connections.map(async db => `${await value('SELECT count(*) FROM t', db)} ${await value('PRAGMA integrity_check', db)}`));
              if (seen.some(text => text !== '12 ok')) throw new Error(`Run ${run}: ${seen.join()}`);
              await Promise.all(connections.map(db => db.close()));
            }
            storages.forEach(storage => storage.stop());
            """, TimeSpan.FromMinutes(10));
    }

    private async Task IncrementAsync(Tab[] tabs, int count, string where)
    {
        await Task.WhenAll(tabs.Select(tab => tab.RunAsync("await open()")));
        await tabs[0].RunAsync(CreateCounter);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(tabs.Select(tab => tab.RunAsync($$"""
            for (let i = 0; i < {{count}}; i++) {
              await db.transaction(async tx => {
                const [{ n }] = await tx.query('SELECT n FROM counter');
                await tx.exec('UPDATE counter SET n = ?', [n + 1]);
              });
            }
            """, TimeSpan.FromMinutes(10))));
        Output.WriteLine($"Measured: {tabs.Length} tabs x {count} increments, {where}: {watch.Elapsed.TotalSeconds:0.0} s");
        foreach (Tab tab in tabs)
            Assert.Equal(tabs.Length * count, await tab.RunAsync<int>("return await value('SELECT n FROM counter')"));
    }
}
