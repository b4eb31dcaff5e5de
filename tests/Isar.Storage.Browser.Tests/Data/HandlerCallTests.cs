using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>A worker with services and handlers of its own, called by a page in TypeScript. <c>HandlerWorker.cs</c> has the handlers.</summary>
[Collection(DataTests.Name)]
public sealed class HandlerCallTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private const string Options = "{ workerUrl: '/data/isar-worker.js#handlers' }";

    [Fact]
    public async Task An_argument_and_a_result_travel_whole() => await (await TakeAsync(options: Options)).RunAsync("""
        const echo = { text: 'Grüße "\u0000\u2028🌍', numbers: [1, -0.5, 1e300], inner: { text: '', numbers: [], inner: null } };
        assertEqual(await storage.call('echo', echo), echo);
        """);

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task What_EF_Core_saved_in_a_handler_is_stored_when_the_page_hears_of_it(string backend)
    {
        TestPage page = await OpenAsync(backend);
        // The handlers choose the names of their databases. Nothing gets a chance to finish: the first worker ends at once.
        await page.RunAsync($$"""
            globalThis.directory += '-saved';
            await start({{Options}});
            assertEqual(await storage.call('library/add', ['Õun', 'Berg']), 2);
            storage.stop();
            await start({{Options}});
            assertEqual(await storage.call('library/list'), [{ name: 'Berg', books: 1 }, { name: 'Õun', books: 1 }]);
            assertEqual(await value('SELECT count(*) FROM Authors', await storage.open('library.db')), 2, "What the page's own SQL sees");
            assertEqual((await storage.list())[0].backend, backend);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task The_pages_SQL_calls_functions_of_the_worker_and_hears_of_their_exceptions(string backend)
    {
        TestPage page = await TakeAsync(backend, options: Options);
        await page.RunAsync("""
            const db = await storage.open(at('functions.db'));
            const shout = () => value("SELECT shout('hey')", db);
            assertEqual(await shout(), 'HEY!');
            await db.exec('CREATE TABLE t (a)');
            const { code, message } = await fail(db.exec("INSERT INTO t SELECT fails('out of cheese') FROM (VALUES (1), (2))"), 'sqlite');
            assertEqual([code, message], [1, 'out of cheese']);
            assertEqual(await value('SELECT count(*) FROM t', db), 0);
            assertEqual(await shout(), 'HEY!');
            """);
    }

    /// <summary>On an isolated page, which has a progress handler of its own.</summary>
    [Fact]
    public async Task The_pages_SQL_obeys_the_workers_authorizer_and_progress_handler()
    {
        TestPage page = await TakeAsync(options: Options, path: TestSite.Isolated);
        await page.RunAsync("""
            const db = await storage.open(at('guarded.db'));
            await db.exec('CREATE TABLE t (a); CREATE TABLE secret (a)');
            for (const refused of [db.query('SELECT a FROM secret'), db.exec('INSERT INTO t SELECT a FROM secret')])
              assertEqual((await fail(refused, 'sqlite', 'prohibited')).code, 23);
            const endless = test => `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c WHERE ${test}`;
            assertEqual((await fail(db.query(endless('i > 1 OR give_up()')), 'sqlite')).code, 9);
            await fail(db.query(endless('1'), [], { signal: AbortSignal.timeout(100) }), 'TimeoutError');
            let heard;
            await db.watch(['t'], ({ tables }) => heard = tables);
            await db.exec('INSERT INTO t VALUES (1)');
            await until(() => heard);
            assertEqual(heard, ['t']);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task The_page_hears_what_a_handler_has_committed_and_not_what_it_rolled_back(string backend)
    {
        await (await TakeAsync(backend, options: Options)).RunAsync("""
            await (await storage.open('transacted.db')).exec('CREATE TABLE t (a); CREATE TABLE u (a)');
            await storage.call('library/add', []);
            """);
        // A worker that starts now has nothing left to tell of that.
        TestPage page = await OpenAsync(backend);
        Assert.Equal("t u t authors", await page.RunAsync<string>($$"""
            await start({{Options}});
            const heard = [];
            const hear = ({ tables }) => heard.push(...tables);
            const db = await storage.open('transacted.db');
            await db.watch(['t', 'u'], hear);
            await storage.call('transact', '');
            await until(() => heard.length === 1);
            await fail(storage.call('transact', 'on purpose'));
            await db.exec('INSERT INTO u VALUES (1)');
            await until(() => heard.length === 2);
            await storage.call('transact', '');
            await until(() => heard.length === 3);
            const library = await storage.open('library.db');
            await library.watch(['Authors'], hear);
            await storage.call('library/add', ['Berg']);
            await until(() => heard.length === 4);
            return heard.join(' ');
            """));
    }

    [Fact]
    public async Task Handlers_that_wait_run_side_by_side() => await (await TakeAsync(options: Options)).RunAsync(
        "assertEqual(await Promise.all([storage.call('meet', 'noon'), storage.call('meet', 'noon')]), [1, 2])");

    [Fact]
    public async Task A_signal_cancels_the_token_of_the_handler() => await (await TakeAsync(options: Options)).RunAsync("""
        const controller = new AbortController();
        const waiting = storage.call('meet', 'never', { signal: controller.signal });
        await storage.call('echo', { text: '', numbers: [], inner: null });
        controller.abort('changed my mind');
        assertEqual(await waiting.catch(reason => reason), 'changed my mind');
        // Nobody waits there any more.
        assertEqual(await Promise.all([storage.call('meet', 'never'), storage.call('meet', 'never')]), [1, 2]);
        """);

    [Theory]
    [InlineData("'fail/own'", "handler", 0, "System.InvalidOperationException: on purpose ---> System.FormatException: the cause")]
    [InlineData("'fail/cancelled'", "handler", 0, "System.OperationCanceledException: by itself")]
    [InlineData("'fail/storage'", "full", 13, "no space, on purpose")]
    [InlineData("'fail/function'", "sqlite", 1, "out of cheese")]
    [InlineData("'fail/sqlite'", "sqlite", 19, "UNIQUE constraint failed: one.x")]
    [InlineData("'missing'", "usage", 21, "no handler \"missing\"; it has \"echo\", \"fail/cancelled\", \"fail/function\", \"fail/own\", "
        + "\"fail/sqlite\", \"fail/storage\", \"library/add\"")]
    [InlineData("'echo'", "usage", 21, "\"echo\" needs an argument")]
    [InlineData("'echo', 5", "usage", 21, "\"echo\" cannot read its argument as Isar.Storage.Browser.Tests.DataWorker.Echo")]
    [InlineData("'echo', () => 1", "usage", 21, "cannot be written as JSON: it is a function")]
    [InlineData("'echo', 1n", "usage", 21, "cannot be written as JSON")]
    [InlineData("'library/list', {}", "usage", 21, "\"library/list\" takes no argument")]
    public async Task What_goes_wrong_has_a_kind_a_code_and_a_message(string call, string kind, int code, string message)
    {
        TestPage page = await TakeAsync(options: Options);
        Failure failure = await page.RunAsync<Failure>($"return await fail(storage.call({call}))");
        Assert.Equal((kind, code), (failure.Kind, failure.Code));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_without_handlers_says_so()
    {
        TestPage page = await TakeAsync(options: "{ memoryOnly: true }");
        Failure failure = await page.RunAsync<Failure>("return await fail(storage.call('echo'))");
        const string Expected = "The worker has no handler \"echo\", nor any other: a worker of your own adds them with AddWorkerHandler.";
        Assert.Equal(("usage", Expected), (failure.Kind, failure.Message));
    }
}
