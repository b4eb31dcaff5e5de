using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>A database that nobody wants in memory goes out of a page and into one.</summary>
[Collection(DataTests.Name)]
public sealed class LargeTransferTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    /// <summary>Tells what is in a database, and checks how a transfer reported its progress.</summary>
    private const string Functions = """
        globalThis.samples = async name => {
          const db = await storage.open(name);
          const [row] = await db.query(`SELECT count(*) AS rows, sum(length(content)) AS bytes, group_concat(hex(substr(content, 1, 8)), '') AS sample
            FROM t WHERE id % 97 = 0`);
          await db.close();
          return row;
        };
        globalThis.follow = reports => ({ onProgress: progress => reports.push(progress) });
        globalThis.check = (reports, stages) => {
          for (const stage of stages) {
            const completed = reports.filter(report => report.stage === stage).map(report => report.completed);
            assert(completed.length > 1, `${completed.length} reports of ${stage}`);
            assertEqual(completed, completed.toSorted((a, b) => a - b), stage);
            assertEqual(completed.at(-1), reports.findLast(report => report.stage === stage).total, stage);
          }
        };
        """;

    [Fact]
    public async Task A_large_database_is_exported_and_imported_as_a_stream_without_holding_it_in_memory()
    {
        int megabytes = TestRun.IsLong ? 1000 : 200;
        await using (ChromiumBrowser first = await ChromiumBrowser.StartAsync(Profile))
        {
            TestPage writer = await OpenAsync(first);
            await writer.RunAsync($$"""
                await start();
                const db = await storage.open('large.db');
                await db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, content BLOB NOT NULL)');
                for (let i = 0; i < {{megabytes / 50}}; i++) {
                  await db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5000)
                    INSERT INTO t (content) SELECT randomblob(10000) FROM c`);
                }
                await db.close();
                storage.stop();
                """);
            await first.CloseAsync();
        }
        // Another start, whose memory has seen nothing of the database yet.
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
        TestPage page = await OpenAsync(browser);
        await page.RunAsync($"{Functions} await start(); await (await storage.open('small.db')).close();");
        long before = await browser.GetPeakMemoryAsync();
        Exported exported = await page.RunAsync<Exported>("""
            const exporting = [];
            const began = performance.now();
            const exported = await storage.export('large.db', follow(exporting));
            const copiedMs = performance.now() - began;
            let length = 0;
            await exported.stream.pipeTo(new WritableStream({ write(chunk) { length += chunk.length; } }));
            check(exporting, ['copying', 'exporting']);
            return { length, size: exported.size, copiedMs, exportedMs: performance.now() - began };
            """);
        long between = await browser.GetPeakMemoryAsync();
        double importedMs = await page.RunAsync<double>("""
            const began = performance.now();
            const importing = [];
            await storage.import('copy.db', (await storage.export('large.db')).stream, follow(importing));
            const importedMs = performance.now() - began;
            check(importing, ['importing', 'verifying', 'replacing']);
            return importedMs;
            """);
        long after = await browser.GetPeakMemoryAsync();
        await page.RunAsync("assertEqual(await samples('copy.db'), await samples('large.db'), 'The copy')");
        Assert.Equal(exported.Size, exported.Length);
        Assert.True(exported.Size > megabytes * 1_000_000L, $"{exported.Size} bytes");
        Output.WriteLine(
            $"Measured: {exported.Size / 1e6:0} MB exported in {exported.ExportedMs:0} ms, others waiting for {exported.CopiedMs:0} ms of it; "
            + $"exported and imported again in {importedMs:0} ms; memory of page and worker {before / 1e6:0} MB before, "
            + $"{between / 1e6:0} MB at the peak of the export, {after / 1e6:0} MB at its peak.");
        // The same for any length: SQLite's caches, some parts on either side, and what browsers have not collected yet. Held in memory, the file
        // would come on top.
        Assert.InRange(after - before, 0, 250_000_000);
    }

    private sealed record Exported(long Length, long Size, double CopiedMs, double ExportedMs);
}
