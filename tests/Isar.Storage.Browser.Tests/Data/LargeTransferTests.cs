using System.Text.Json;
using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>A database that nobody wants in memory goes out of a page and into one.</summary>
[Collection(DataTests.Name)]
public sealed class LargeTransferTests(BrowserFixture fixture, ITestOutputHelper output) : IDisposable
{
    private static readonly bool _isLong = Environment.GetEnvironmentVariable("ISAR_STORAGE_LONG") is { Length: > 0 };

    private readonly string _profile = Directory.CreateTempSubdirectory("isar-transfer-").FullName;

    public void Dispose() => Directory.Delete(_profile, recursive: true);

    [Fact]
    public async Task A_large_database_is_exported_and_imported_as_a_stream_without_holding_it_in_memory()
    {
        int megabytes = _isLong ? 1000 : 200;
        await using (ChromiumBrowser first = await ChromiumBrowser.StartAsync(_profile))
        {
            IPage page = await fixture.OpenPageAsync(first);
            await page.EvaluateAsync($$"""
                async () => {
                  const storage = await IsarStorage.start({ directory: 'large', candidates: ['opfs'] });
                  const db = await storage.open('large.db');
                  await db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, content BLOB NOT NULL)');
                  for (let i = 0; i < {{megabytes / 50}}; i++)
                    await db.exec('WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5000) INSERT INTO t (content) SELECT randomblob(10000) FROM c');
                  await db.close();
                  storage.stop();
                }
                """);
            await first.CloseAsync();
        }
        // Another start, whose memory has seen nothing of the database yet.
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile);
        IPage measured = await fixture.OpenPageAsync(browser);
        await measured.EvaluateAsync("""
            async () => {
              globalThis.storage = await IsarStorage.start({ directory: 'large', candidates: ['opfs'] });
              globalThis.samples = async name => {
                const db = await storage.open(name);
                const [row] = await db.query("SELECT count(*) AS rows, sum(length(content)) AS bytes, group_concat(hex(substr(content, 1, 8)), '') AS sample FROM t WHERE id % 97 = 0");
                await db.close();
                return JSON.stringify(row);
              };
              globalThis.follow = reports => ({ onProgress: progress => reports.push(progress) });
              globalThis.check = (reports, stages) => {
                for (const stage of stages) {
                  const completed = reports.filter(report => report.stage === stage).map(report => report.completed);
                  const { total } = reports.findLast(report => report.stage === stage) ?? {};
                  if (completed.length < 2 || completed.some((bytes, i) => bytes < completed[i - 1]) || completed.at(-1) !== total)
                    throw new Error(`${stage}: ${completed.length} reports, ${completed.at(-1)} of ${total} bytes`);
                }
              };
              await (await storage.open('small.db')).close();
            }
            """);
        long before = await browser.GetPeakMemoryAsync();
        JsonElement found = (await measured.EvaluateAsync("""
            async () => {
              const exporting = [];
              let began = performance.now();
              const exported = await storage.export('large.db', follow(exporting));
              const copied = performance.now() - began;
              let length = 0, slowest = 0;
              await exported.stream.pipeTo(new WritableStream({ write(chunk) { length += chunk.length; } }));
              const exportMs = performance.now() - began;
              check(exporting, ['copying', 'exporting']);
              return { length, size: exported.size, copied, exportMs };
            }
            """))!.Value;
        long between = await browser.GetPeakMemoryAsync();
        JsonElement imported = (await measured.EvaluateAsync("""
            async () => {
              const began = performance.now();
              const again = await storage.export('large.db');
              const importing = [];
              await storage.import('copy.db', again.stream, follow(importing));
              const importMs = performance.now() - began;
              check(importing, ['importing', 'verifying', 'replacing']);
              return { importMs };
            }
            """))!.Value;
        long after = await browser.GetPeakMemoryAsync();
        (string large, string copy) = (
            await measured.EvaluateAsync<string>("() => samples('large.db')"), await measured.EvaluateAsync<string>("() => samples('copy.db')"));
        Assert.Equal(large, copy);
        long size = found.GetProperty("size").GetInt64();
        Assert.Equal(size, found.GetProperty("length").GetInt64());
        Assert.True(size > megabytes * 1_000_000L, $"{size} bytes");
        output.WriteLine(
            $"Measured: {size / 1e6:0} MB exported in {found.GetProperty("exportMs").GetDouble():0} ms, others waiting for {found.GetProperty("copied").GetDouble():0} ms of it; "
            + $"exported and imported again in {imported.GetProperty("importMs").GetDouble():0} ms; memory of page and worker {before / 1e6:0} MB before, {between / 1e6:0} MB at the peak of the export, {after / 1e6:0} MB at its peak.");
        // The same for any length: SQLite's caches, some parts on either side, and what browsers have not collected yet. Held in memory, the file
        // would come on top.
        Assert.InRange(after - before, 0, 250_000_000);
    }
}
