using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What the page is told about its storage, and what it can call off.</summary>
[Collection(BrowserTests.Name)]
public sealed class ReportTests(BrowserFixture fixture)
{
    [Fact]
    public async Task The_report_and_the_list_tell_what_there_is()
    {
        JsonElement result = await RunAsync("""
            const storage = await IsarStorage.start({ directory: 'report', candidates: ['opfs'] });
            const db = await storage.open('a/one.db');
            await db.exec('CREATE TABLE IF NOT EXISTS t (x)');
            const { report, list } = { report: await storage.report(), list: await storage.list() };
            await db.close();
            await storage.delete('a/one.db');
            storage.stop();
            return { report, list };
            """);
        JsonElement report = result.GetProperty("report");
        Assert.Equal("opfs", report.GetProperty("backend").GetString());
        Assert.Equal("full", report.GetProperty("durability").GetString());
        Assert.Equal("byTurns", report.GetProperty("sharing").GetString());
        Assert.True(report.GetProperty("persistent").GetBoolean());
        Assert.Equal(0, report.GetProperty("rejected").GetArrayLength());
        JsonElement database = Assert.Single(result.GetProperty("list").EnumerateArray());
        Assert.Equal("a/one.db", database.GetProperty("name").GetString());
        Assert.Equal("opfs", database.GetProperty("backend").GetString());
        Assert.True(database.GetProperty("bytes").GetInt64() > 0);
        Assert.True(JsonElement.DeepEquals(result.GetProperty("list"), report.GetProperty("databases")));
        JsonElement quota = report.GetProperty("quota");
        Assert.InRange(quota.GetProperty("usageBytes").GetInt64(), database.GetProperty("bytes").GetInt64(), quota.GetProperty("quotaBytes").GetInt64());
    }

    [Fact]
    public async Task Persisting_is_what_the_browser_decides_and_the_report_tells_it()
    {
        string profile = Directory.CreateTempSubdirectory("isar-persist-").FullName;
        await using (ChromiumBrowser browser = await ChromiumBrowser.StartAsync(profile))
        {
            IPage page = await fixture.OpenPageAsync(browser);
            Assert.Equal((false, false), await PersistAsync(page));
            ICDPSession session = await page.Context.NewCDPSessionAsync(page);
            await session.SendAsync("Browser.grantPermissions", new Dictionary<string, object> { ["permissions"] = new[] { "durableStorage" } });
            Assert.Equal((true, true), await PersistAsync(page));
        }
        Directory.Delete(profile, recursive: true);

        static async Task<(bool Answer, bool Reported)> PersistAsync(IPage page)
        {
            bool[] result = await page.EvaluateAsync<bool[]>("""
                async () => {
                  const storage = await IsarStorage.start({ directory: 'persist' });
                  const answer = await storage.persist();
                  const { quota } = await storage.report();
                  storage.stop();
                  return [answer, quota.persisted];
                }
                """);
            return (result[0], result[1]);
        }
    }

    [Fact]
    public async Task An_open_that_waits_for_another_tab_is_cancelled_and_leaves_nothing_behind()
    {
        JsonElement result = await RunAsync("""
            const first = await IsarStorage.start({ directory: 'cancel' });
            await (await first.open('held.db')).exec('BEGIN IMMEDIATE');
            const second = await IsarStorage.start({ directory: 'cancel', openTimeoutMs: 60000 });
            const abort = new AbortController();
            const reason = { my: 'reason' };
            const opening = second.open('held.db', { signal: abort.signal });
            await second.list();
            abort.abort(reason);
            const isReason = await opening.then(() => false, thrown => thrown === reason);
            first.stop();
            const db = await second.open('held.db', { signal: new AbortController().signal });
            const [{ n }] = await db.query('SELECT 1 AS n');
            await db.close();
            await second.delete('held.db');
            second.stop();
            return { isReason, n };
            """);
        Assert.True(result.GetProperty("isReason").GetBoolean());
        Assert.Equal(1, result.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task Cancelling_is_a_request_like_any_other()
    {
        JsonElement answers = await RunAsync($$"""
            const first = await IsarStorage.start({ directory: 'cancel' });
            await first.open('asked.db');
            const worker = new Worker('/isar/isar-worker.js', { type: 'module' });
            const answers = {};
            const ask = (...messages) => new Promise(resolve => {
              worker.onmessage = ({ data }) => {
                answers[data.id] = data.error ? [data.error.kind, data.error.code] : data.result;
                if (messages.every(({ id }) => id in answers)) resolve();
              };
              messages.forEach(message => worker.postMessage(message));
            });
            await ask({ id: 1, method: 'hello', protocol: {{BuiltFiles.ProtocolVersion}}, options: { directory: 'cancel', openTimeoutMs: 60000 } });
            await ask({ id: 2, method: 'open', name: 'asked.db' }, { id: 3, method: 'cancel', request: 2 },
              { id: 4, method: 'cancel', request: 2 }, { id: 5, method: 'cancel', request: 77 });
            worker.terminate();
            first.stop();
            return answers;
            """);
        Assert.Equal("""{"1":null,"2":["cancelled",9],"3":null,"4":null,"5":null}""", answers.GetRawText());
    }

    [Fact]
    public async Task A_migration_moves_the_database_and_tells_how_far_it_is()
    {
        JsonElement result = await RunAsync("""
            const storage = await IsarStorage.start({ directory: 'migrate' });
            const db = await storage.open('moved.db');
            await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(3000000))');
            await db.close();
            const seen = [];
            await storage.migrate('moved.db', 'indexeddb', { onProgress: progress => seen.push(progress) });
            const [{ backend }] = await storage.list();
            const again = await storage.open('moved.db');
            const [{ n }] = await again.query('SELECT length(x) AS n FROM t');
            await again.close();
            await storage.delete('moved.db');
            storage.stop();
            return { backend, n, seen };
            """);
        Assert.Equal("indexeddb", result.GetProperty("backend").GetString());
        Assert.Equal(3_000_000, result.GetProperty("n").GetInt32());
        var stages = result.GetProperty("seen").EnumerateArray().GroupBy(progress => progress.GetProperty("stage").GetString()).ToList();
        Assert.Contains("copying", stages.Select(stage => stage.Key));
        Assert.Contains("verifying", stages.Select(stage => stage.Key));
        Assert.All(stages, stage =>
        {
            long[] completed = [.. stage.Select(progress => progress.GetProperty("completed").GetInt64())];
            Assert.Equal(completed.Order(), completed);
            Assert.Equal(stage.Last().GetProperty("total").GetInt64(), completed[^1]);
        });
    }

    [Fact]
    public async Task A_migration_that_is_cancelled_leaves_the_database_where_it_was()
    {
        JsonElement result = await RunAsync("""
            const storage = await IsarStorage.start({ directory: 'migrate' });
            const db = await storage.open('stays.db');
            await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(3000000))');
            await db.close();
            const abort = new AbortController();
            const migrating = storage.migrate('stays.db', 'indexeddb', { signal: abort.signal });
            abort.abort();
            const isReason = await migrating.then(() => false, thrown => thrown === abort.signal.reason);
            const [{ backend }] = await storage.list();
            const again = await storage.open('stays.db');
            const [{ n }] = await again.query('SELECT length(x) AS n FROM t');
            await again.close();
            await storage.delete('stays.db');
            storage.stop();
            return { isReason, backend, n };
            """);
        Assert.True(result.GetProperty("isReason").GetBoolean());
        Assert.Equal("opfs", result.GetProperty("backend").GetString());
        Assert.Equal(3_000_000, result.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task Reading_a_database_into_memory_tells_how_far_it_is()
    {
        JsonElement seen = await RunAsync("""
            const options = { directory: 'loading', candidates: ['indexeddb'] };
            const first = await IsarStorage.start(options);
            const db = await first.open('large.db');
            await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(3000000))');
            first.stop();
            const second = await IsarStorage.start(options);
            const seen = [];
            await (await second.open('large.db', { onProgress: progress => seen.push(progress) })).close();
            await second.delete('large.db');
            second.stop();
            return seen;
            """);
        JsonElement last = seen.EnumerateArray().Last();
        Assert.Equal("loading", last.GetProperty("stage").GetString());
        Assert.True(last.GetProperty("total").GetInt64() >= 3_000_000);
        Assert.Equal(last.GetProperty("total").GetInt64(), last.GetProperty("completed").GetInt64());
    }

    [Fact]
    public async Task A_database_whose_backend_is_no_candidate_is_an_error_and_stays_in_the_list()
    {
        JsonElement result = await RunAsync("""
            const first = await IsarStorage.start({ directory: 'home' });
            const db = await first.open('mine.db');
            await db.exec('CREATE TABLE t (x)');
            await db.close();
            first.stop();
            const second = await IsarStorage.start({ directory: 'home', candidates: ['indexeddb'] });
            const error = await second.open('mine.db').then(() => null, error => error);
            const list = await second.list();
            const { backend } = await second.report();
            second.stop();
            const third = await IsarStorage.start({ directory: 'home' });
            await third.delete('mine.db');
            third.stop();
            return { kind: error?.kind, message: error?.message, list, backend };
            """);
        Assert.Equal("unavailable", result.GetProperty("kind").GetString());
        Assert.Contains("opfs", result.GetProperty("message").GetString());
        Assert.Equal("indexeddb", result.GetProperty("backend").GetString());
        Assert.Equal("""[{"name":"mine.db","backend":"opfs","bytes":null}]""", result.GetProperty("list").GetRawText());
    }

    [Theory]
    [InlineData("{ candidates: [] }")]
    [InlineData("{ candidates: ['opfs', 'opfs'] }")]
    [InlineData("{ candidates: ['opfs', 'floppy'] }")]
    [InlineData("{ quotaWarningRatio: 0 }")]
    [InlineData("{ quotaWarningRatio: 1.5 }")]
    public async Task Wrong_options_are_refused(string options)
    {
        JsonElement kind = await RunAsync($"return await IsarStorage.start({options}).then(() => 'started', error => error.kind);");
        Assert.Equal("usage", kind.GetString());
    }

    [Fact]
    public async Task The_page_hears_once_that_the_quota_is_nearly_used()
    {
        IPage page = await fixture.OpenPageAsync();
        // Chromium conceals how much space there is, also one that was set for a test.
        await page.RouteAsync("**/isar-worker.js", async route =>
        {
            IAPIResponse worker = await route.FetchAsync();
            const string Estimate = "StorageManager.prototype.estimate = async () => ({ usage: 7e9, quota: 1e10 });";
            await route.FulfillAsync(new RouteFulfillOptions { Response = worker, Body = Estimate + await worker.TextAsync() });
        });
        string seen = await page.EvaluateAsync<string>("""
            async () => {
              let heard;
              const hearing = new Promise((resolve, reject) => {
                heard = resolve;
                setTimeout(() => reject(new Error('Nothing was heard.')), 120_000);
              });
              const seen = [];
              const storage = await IsarStorage.start({
                directory: 'quota', quotaWarningRatio: 0.7, onQuotaNearlyUsed: quota => { seen.push(quota); heard(); },
              });
              const db = await storage.open('quota.db');
              await db.exec('CREATE TABLE t (x)');
              await hearing;
              await db.exec('INSERT INTO t VALUES (1)');
              await db.close();
              await storage.delete('quota.db');
              storage.stop();
              return JSON.stringify(seen);
            }
            """);
        await page.CloseAsync();
        Assert.Equal("""[{"usageBytes":7000000000,"quotaBytes":10000000000,"persisted":false}]""", seen);
    }

    [Fact]
    public async Task Migrating_to_what_is_not_there_is_an_error()
    {
        JsonElement result = await RunAsync("""
            const storage = await IsarStorage.start({ directory: 'report' });
            const error = await storage.migrate('none.db', 'floppy').catch(error => error);
            storage.stop();
            return { kind: error.kind, message: error.message };
            """);
        Assert.Equal("unavailable", result.GetProperty("kind").GetString());
        Assert.Contains("floppy", result.GetProperty("message").GetString());
    }

    /// <summary>Runs the body of an async function in a tab of its own.</summary>
    private async Task<JsonElement> RunAsync(string body)
    {
        IPage page = await fixture.OpenPageAsync();
        string json = await page.EvaluateAsync<string>($"async () => JSON.stringify(await (async () => {{ {body} }})())");
        await page.CloseAsync();
        return JsonSerializer.Deserialize<JsonElement>(json);
    }
}
