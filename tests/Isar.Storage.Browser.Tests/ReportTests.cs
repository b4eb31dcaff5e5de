using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>What the page is told about its storage, and what it can call off.</summary>
[Collection(BrowserTests.Name)]
public sealed class ReportTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    /// <summary>Options for a worker that has every backend, in a directory of its own.</summary>
    private const string EveryBackend = "{ candidates: ['opfs', 'indexeddb'], directory: `${directory}-every` }";

    [Fact]
    public async Task The_report_and_the_list_tell_what_there_is() => await (await OpenAsync()).RunAsync("""
        await start({ directory: `${directory}-report` });
        const db = await storage.open('a/one.db');
        await db.exec('CREATE TABLE t (x)');
        const { databases, quota, location, reason, usedBytes, ...rest } = await storage.report();
        assertEqual(rest, { backend: 'opfs', durability: 'full', sharing: 'byTurns', persistent: true, temporaryBytes: 0, rejected: [] });
        const [{ bytes }] = databases;
        assertEqual(databases, [{ name: 'a/one.db', backend: 'opfs', bytes }]);
        assertEqual(await storage.list(), databases, 'The list');
        assert(0 < bytes && bytes <= quota.usageBytes && quota.usageBytes <= quota.quotaBytes, { bytes, quota });
        """);

    [Fact]
    public async Task Temporary_files_are_counted_and_limited() => await (await OpenAsync()).RunAsync("""
        await start({ directory: `${directory}-temporary`, maxTemporaryBytes: 3_000_000 });
        const db = await storage.open('a.db', { setup: 'PRAGMA temp_store = FILE; PRAGMA temp.cache_size = 10' });
        const fill = (name, rows) => db.exec(`CREATE TEMP TABLE ${name} AS
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT randomblob(1000) FROM n`);
        await fail(fill('big', 4000), 'sqlite', 'maxTemporaryBytes');
        await fill('small', 1000);
        const { temporaryBytes } = await storage.report();
        assert(500_000 < temporaryBytes && temporaryBytes <= 3_000_000, temporaryBytes);
        await db.close();
        assertEqual((await storage.report()).temporaryBytes, 0);
        """);

    [Fact]
    public async Task Persisting_is_what_the_browser_decides_and_the_report_tells_it()
    {
        const string Persist = "return `${await storage.persist()} ${(await storage.report()).quota.persisted}`;";
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
        TestPage page = await OpenAsync(browser);
        await page.RunAsync("await start()");
        Assert.Equal("false false", await page.RunAsync<string>(Persist));
        ICDPSession session = await page.Page.Context.NewCDPSessionAsync(page.Page);
        await session.SendAsync("Browser.grantPermissions", new Dictionary<string, object> { ["permissions"] = new[] { "durableStorage" } });
        Assert.Equal("true true", await page.RunAsync<string>(Persist));
    }

    [Fact]
    public async Task An_open_that_waits_for_another_tab_is_cancelled_and_leaves_nothing_behind() => await (await TakeAsync()).RunAsync("""
        await endless(await open(), 'SELECT 1');
        const second = await startAnother({ openTimeoutMs: 60000 });
        const abort = new AbortController();
        const reason = { my: 'reason' };
        const opening = second.open(at('shared.db'), { signal: abort.signal });
        await second.list();
        abort.abort(reason);
        assert(await opening.then(() => false, thrown => thrown === reason), 'The reason comes back.');
        await db.close();
        const again = await second.open(at('shared.db'), { signal: new AbortController().signal });
        assertEqual(await value('SELECT 1', again), 1);
        second.stop();
        """);

    [Fact]
    public async Task Cancelling_is_a_request_like_any_other() => await (await TakeAsync()).RunAsync("""
        await open();
        const raw = new RawWorker();
        await raw.ask(raw.hello({ directory, openTimeoutMs: 60000 }));
        const request = raw.nextId() + 1;
        const answers = await Promise.all([
          raw.ask({ method: 'open', name: at('shared.db') }), raw.ask({ method: 'cancel', request }),
          raw.ask({ method: 'cancel', request }), raw.ask({ method: 'cancel', request: 77 }),
        ]);
        raw.worker.terminate();
        assertEqual(answers.map(({ error, result }) => error ? [error.kind, error.code] : result), [['cancelled', 9], null, null, null]);
        """);

    [Fact]
    public async Task A_migration_moves_the_database_and_tells_how_far_it_is() => await (await TakeAsync(options: EveryBackend)).RunAsync("""
        await open();
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(3000000))');
        await db.close();
        const seen = [];
        await storage.migrate(at('shared.db'), 'indexeddb', { onProgress: progress => seen.push(progress) });
        assertEqual((await storage.list()).find(({ name }) => name === at('shared.db')).backend, 'indexeddb');
        assertEqual(await value('SELECT length(x) FROM t', await open()), 3_000_000);
        assertEqual(Object.keys(Object.groupBy(seen, ({ stage }) => stage)), ['copying', 'verifying']);
        for (const [stage, reports] of Object.entries(Object.groupBy(seen, ({ stage }) => stage))) {
          const completed = reports.map(report => report.completed);
          assertEqual(completed, completed.toSorted((a, b) => a - b), stage);
          assertEqual(completed.at(-1), reports.at(-1).total, stage);
        }
        """);

    [Fact]
    public async Task A_migration_that_is_cancelled_leaves_the_database_where_it_was() => await (await TakeAsync(options: EveryBackend)).RunAsync("""
        await open();
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(3000000))');
        await db.close();
        const abort = new AbortController();
        const migrating = storage.migrate(at('shared.db'), 'indexeddb', { signal: abort.signal });
        abort.abort();
        assert(await migrating.then(() => false, thrown => thrown === abort.signal.reason), 'The reason comes back.');
        assertEqual((await storage.list()).find(({ name }) => name === at('shared.db')).backend, 'opfs');
        assertEqual(await value('SELECT length(x) FROM t', await open()), 3_000_000);
        """);

    [Fact]
    public async Task Reading_a_database_into_memory_tells_how_far_it_is()
    {
        await (await TakeAsync("indexeddb")).RunAsync("""
            await open();
            await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(3000000))');
            await db.close();
            """);
        await (await TakeAsync("indexeddb", 1)).RunAsync("""
            const seen = [];
            await storage.open(at('shared.db'), { onProgress: progress => seen.push(progress) });
            const { stage, completed, total } = seen.at(-1);
            assertEqual({ stage, completed }, { stage: 'loading', completed: total });
            assert(total >= 3_000_000, total);
            """);
    }

    [Fact]
    public async Task A_database_whose_backend_is_no_candidate_is_an_error_and_stays_in_the_list() => await (await OpenAsync()).RunAsync("""
        await start({ candidates: ['opfs', 'indexeddb'], directory: `${directory}-home` });
        const db = await storage.open('mine.db');
        await db.exec('CREATE TABLE t (x)');
        await db.close();
        storage.stop();
        await start({ candidates: ['indexeddb'], directory: `${directory}-home` });
        await fail(storage.open('mine.db'), 'unavailable', 'opfs');
        assertEqual(await storage.list(), [{ name: 'mine.db', backend: 'opfs', bytes: null }]);
        assertEqual((await storage.report()).backend, 'indexeddb');
        """);

    [Theory]
    [InlineData("{ candidates: [] }")]
    [InlineData("{ candidates: ['opfs', 'opfs'] }")]
    [InlineData("{ candidates: ['opfs', 'floppy'] }")]
    [InlineData("{ quotaWarningRatio: 0 }")]
    [InlineData("{ quotaWarningRatio: 1.5 }")]
    public async Task Wrong_options_are_refused(string options) =>
        await (await TakeAsync()).RunAsync($"await fail(startAnother({options}), 'usage')");

    [Fact]
    public async Task The_page_hears_once_that_the_quota_is_nearly_used()
    {
        TestPage page = await OpenAsync();
        // Chromium conceals how much space there is, also one that was set for a test.
        await page.Page.RouteAsync("**/isar-worker.js", async route =>
        {
            IAPIResponse worker = await route.FetchAsync();
            const string Estimate = "StorageManager.prototype.estimate = async () => ({ usage: 7e9, quota: 1e10 });";
            await route.FulfillAsync(new RouteFulfillOptions { Response = worker, Body = Estimate + await worker.TextAsync() });
        });
        await page.RunAsync("""
            const seen = [];
            await open({ quotaWarningRatio: 0.7, onQuotaNearlyUsed: quota => seen.push(quota) });
            await db.exec('CREATE TABLE t (x)');
            await until(() => seen.length > 0);
            await db.exec('INSERT INTO t VALUES (1)');
            await storage.diagnostics();
            assertEqual(seen, [{ usageBytes: 7000000000, quotaBytes: 10000000000, persisted: false }]);
            """);
    }

    [Fact]
    public async Task Migrating_to_what_is_not_there_is_an_error() => await (await TakeAsync()).RunAsync(
        "await fail(storage.migrate(at('none.db'), 'floppy'), 'unavailable', 'floppy')");
}
