using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>A worker with services and handlers of its own, called by a page in TypeScript. <c>HandlerWorker.cs</c> has the handlers.</summary>
[Collection(DataTests.Name)]
public sealed class HandlerCallTests(BrowserFixture browser) : IAsyncLifetime
{
    private readonly string _directory = $"handlers-{Guid.NewGuid():N}";
    private IPage _page = null!;

    public async Task InitializeAsync()
    {
        _page = await browser.OpenPageAsync();
        await StartAsync();
    }

    public Task DisposeAsync() => _page.CloseAsync();

    [Fact]
    public async Task An_argument_and_a_result_travel_whole() => Assert.True(await _page.EvaluateAsync<bool>("""
        async () => {
          const echo = { text: 'Grüße "\u0000\u2028🌍', numbers: [1, -0.5, 1e300], inner: { text: '', numbers: [], inner: null } };
          return JSON.stringify(await storage.call('echo', echo)) === JSON.stringify(echo);
        }
        """));

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task What_EF_Core_saved_in_a_handler_is_stored_when_the_page_hears_of_it(string backend)
    {
        await StartAsync($"candidates: ['{backend}']");
        Assert.Equal(2, await _page.EvaluateAsync<int>("() => storage.call('library/add', ['Õun', 'Berg'])"));
        // Nothing gets a chance to finish: the worker ends at once.
        await StartAsync($"candidates: ['{backend}']");
        Assert.Equal("""[{"name":"Berg","books":1},{"name":"Õun","books":1}]""",
            await _page.EvaluateAsync<string>("async () => JSON.stringify(await storage.call('library/list'))"));
        // The page's own SQL sees the same.
        Assert.Equal(2, await _page.EvaluateAsync<int>(
            "async () => (await (await storage.open('library.db')).query('SELECT count(*) AS n FROM Authors'))[0].n"));
        Assert.Equal(backend, await _page.EvaluateAsync<string>("async () => (await storage.list())[0].backend"));
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task The_pages_SQL_calls_functions_of_the_worker_and_hears_of_their_exceptions(string backend)
    {
        await StartAsync($"candidates: ['{backend}']");
        Assert.Equal("HEY! sqlite 1 out of cheese 0 HEY!", await _page.EvaluateAsync<string>("""
            async () => {
              const db = await storage.open('functions.db');
              const shout = async () => (await db.queryOne("SELECT shout('hey') AS text")).text;
              const before = await shout();
              await db.exec('CREATE TABLE t (a)');
              const error = await db.exec("INSERT INTO t SELECT fails('out of cheese') FROM (VALUES (1), (2))").catch(error => error);
              const { n } = await db.queryOne('SELECT count(*) AS n FROM t');
              return [before, error.kind, error.code, error.message, n, await shout()].join(' ');
            }
            """));
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task The_page_hears_what_a_handler_has_committed_and_not_what_it_rolled_back(string backend)
    {
        await StartAsync($"candidates: ['{backend}']");
        await _page.EvaluateAsync("""
            async () => {
              await (await storage.open('transacted.db')).exec('CREATE TABLE t (a); CREATE TABLE u (a)');
              await storage.call('library/add', []);
            }
            """);
        // A new worker has nothing left to tell of that.
        await StartAsync($"candidates: ['{backend}']");
        Assert.Equal("t u t authors", await _page.EvaluateAsync<string>("""
            async () => {
              const heard = [];
              const hear = ({ tables }) => heard.push(...tables);
              const until = async count => { while (heard.length < count) await new Promise(resolve => setTimeout(resolve, 1)); };
              const db = await storage.open('transacted.db');
              await db.watch(['t', 'u'], hear);
              await storage.call('transact', '');
              await until(1);
              await storage.call('transact', 'on purpose').catch(() => {});
              await db.exec('INSERT INTO u VALUES (1)');
              await until(2);
              await storage.call('transact', '');
              await until(3);
              const library = await storage.open('library.db');
              await library.watch(['Authors'], hear);
              await storage.call('library/add', ['Berg']);
              await until(4);
              return heard.join(' ');
            }
            """).WaitAsync(ChromiumBrowser.Patience));
    }

    [Fact]
    public async Task Handlers_that_wait_run_side_by_side() => Assert.Equal("1 2", await _page.EvaluateAsync<string>(
        "async () => (await Promise.all([storage.call('meet', 'noon'), storage.call('meet', 'noon')])).join(' ')"));

    [Fact]
    public async Task A_signal_cancels_the_token_of_the_handler()
    {
        Assert.Equal("changed my mind", await _page.EvaluateAsync<string>("""
            async () => {
              const controller = new AbortController();
              const waiting = storage.call('meet', 'never', { signal: controller.signal });
              await storage.call('echo', { text: '', numbers: [], inner: null });
              controller.abort('changed my mind');
              return await waiting.catch(reason => reason);
            }
            """));
        // Nobody waits there any more.
        Assert.Equal("1 2", await _page.EvaluateAsync<string>(
            "async () => (await Promise.all([storage.call('meet', 'never'), storage.call('meet', 'never')])).join(' ')"));
    }

    [Fact]
    public async Task What_goes_wrong_has_a_kind_a_code_and_a_message()
    {
        (string Call, string Kind, int Code, string Message)[] failures =
        [
            ("'fail/own'", "handler", 0, "System.InvalidOperationException: on purpose ---> System.FormatException: the cause"),
            ("'fail/cancelled'", "handler", 0, "System.OperationCanceledException: by itself"),
            ("'fail/storage'", "full", 13, "no space, on purpose"),
            ("'fail/function'", "sqlite", 1, "out of cheese"),
            ("'fail/sqlite'", "sqlite", 19, "UNIQUE constraint failed: one.x"),
            ("'missing'", "usage", 21, "no handler \"missing\"; it has \"echo\", \"fail/cancelled\", \"fail/function\", \"fail/own\", \"fail/sqlite\", \"fail/storage\", \"library/add\""),
            ("'echo'", "usage", 21, "\"echo\" needs an argument"),
            ("'echo', 5", "usage", 21, "\"echo\" cannot read its argument as Isar.Storage.Browser.Tests.DataWorker.Echo"),
            ("'echo', () => 1", "usage", 21, "cannot be written as JSON: it is a function"),
            ("'echo', 1n", "usage", 21, "cannot be written as JSON"),
            ("'library/list', {}", "usage", 21, "\"library/list\" takes no argument"),
        ];
        foreach ((string call, string kind, int code, string message) in failures)
        {
            string[] error = await _page.EvaluateAsync<string[]>(
                $"() => storage.call({call}).then(() => [], e => [e instanceof IsarStorageError ? e.kind : `${{e}}`, `${{e.code}}`, e.message])");
            Assert.Equal((call, kind, $"{code}"), (call, error[0], error[1]));
            Assert.Contains(message, error[2], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_worker_without_handlers_says_so()
    {
        await _page.EvaluateAsync("async () => { storage.stop(); globalThis.storage = await IsarStorage.start({ memoryOnly: true }); }");
        Assert.Equal("usage: The worker has no handler \"echo\", nor any other: a worker of your own adds them with AddWorkerHandler.",
            await _page.EvaluateAsync<string>("() => storage.call('echo').catch(e => `${e.kind}: ${e.message}`)"));
    }

    private Task StartAsync(string options = "") => _page.EvaluateAsync($$"""
        async () => {
          globalThis.storage?.stop();
          globalThis.storage = await IsarStorage.start({ workerUrl: '/data/isar-worker.js#handlers', directory: '{{_directory}}', {{options}} });
        }
        """);
}
