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
            await first.open('held.db');
            const second = await IsarStorage.start({ directory: 'cancel', openTimeoutMs: 600000 });
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
        JsonElement answers = await RunAsync("""
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
            await ask({ id: 1, method: 'hello', protocol: 2, options: { directory: 'cancel', openTimeoutMs: 600000 } });
            await ask({ id: 2, method: 'open', name: 'asked.db' }, { id: 3, method: 'cancel', request: 2 },
              { id: 4, method: 'cancel', request: 2 }, { id: 5, method: 'cancel', request: 77 });
            worker.terminate();
            first.stop();
            return answers;
            """);
        Assert.Equal("""{"1":null,"2":["cancelled",9],"3":null,"4":null,"5":null}""", answers.GetRawText());
    }

    [Fact]
    public async Task Migrating_what_cannot_be_migrated_is_an_error()
    {
        JsonElement result = await RunAsync("""
            const storage = await IsarStorage.start({ directory: 'report' });
            const seen = [];
            const error = await storage.migrate('none.db', 'floppy', { onProgress: progress => seen.push(progress) }).catch(error => error);
            storage.stop();
            return { kind: error.kind, message: error.message, seen };
            """);
        Assert.Equal("unavailable", result.GetProperty("kind").GetString());
        Assert.Contains("floppy", result.GetProperty("message").GetString());
        Assert.Equal(0, result.GetProperty("seen").GetArrayLength());
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
