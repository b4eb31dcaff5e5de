using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>
/// A worker that really dies, on storage that lasts: every call under way fails, the next one starts another worker, and what was
/// acknowledged is there. <c>WorkerTests</c> of the page does the same with the C# client.
/// </summary>
[Collection(DataTests.Name)]
public sealed class WorkerDeathTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    private const string Endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c";

    /// <summary>Keeps the workers that are made; <c>kill</c> ends the last one at once and says so, as a browser does of a crash.</summary>
    private const string Setup = """
        const workers = [];
        const Plain = Worker;
        globalThis.Worker = class extends Plain {
          constructor(...parameters) {
            super(...parameters);
            workers.push(this);
          }
        };
        const kill = () => {
          workers.at(-1).terminate();
          workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'killed' }));
        };
        const outcome = call => call.then(value => 'fine ' + JSON.stringify(value), error => `${error.kind} ${error.message}`);
        """;

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_worker_that_is_killed_while_a_query_runs_fails_what_waits_and_the_next_call_works(string backend)
    {
        string[] outcomes = await RunAsync(backend, $$"""
            const restarts = [];
            await start({ onRestart: reason => restarts.push(reason.message) });
            const db = await storage.open('a.db', { setup: 'PRAGMA recursive_triggers = ON' });
            const other = await storage.open('b.db');
            await db.exec('CREATE TABLE t (x)');
            await db.exec('INSERT INTO t VALUES (1)');
            const stream = db.stream("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i, zeroblob(1000) FROM c");
            await stream.next();
            const statement = await db.prepare('SELECT count(*) AS n FROM t');
            const inside = [];
            const transaction = outcome(other.transaction(async tx => {
              await tx.exec('CREATE TABLE u (x)');
              inside.push(db.query('{{Endless}}'), db.exec('INSERT INTO t VALUES (2)'), tx.exec('INSERT INTO u VALUES (1)'), storage.list());
              inside.push(storage.open('c.db'));
              const ended = Promise.all(inside.map(outcome));
              // Long enough for the worker to have begun with the query; nothing depends on it.
              await sleep(200);
              kill();
              inside.splice(0, inside.length, ...await ended);
              await tx.exec('CREATE TABLE v (x)');
            }));
            const outcomes = [await transaction, ...inside, await outcome((async () => { for await (const row of stream); })())];
            outcomes.push(
              await outcome(statement.queryOne()), await outcome(db.queryOne('PRAGMA recursive_triggers')),
              await outcome(other.query('SELECT name FROM sqlite_schema')),
              await outcome(storage.list().then(list => list.map(({ name, backend }) => name + ' ' + backend))), `${workers.length} ${restarts}`);
            return outcomes;
            """);
        const string Killed = "worker The worker failed: killed (:0)";
        Assert.Equal(
            [
                Killed, Killed, Killed, Killed, Killed, Killed, Killed,
                """fine {"n":1}""", """fine {"recursive_triggers":1}""", "fine []",
                $"""fine ["a.db {backend}","b.db {backend}"]""", "2 The worker failed: killed (:0)",
            ],
            outcomes);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task What_a_set_up_has_attached_is_attached_in_the_next_worker_too(string backend)
    {
        string[] outcomes = await RunAsync(backend, """
            await start();
            const side = await storage.open('b.db');
            await side.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
            const db = await storage.open('a.db', { setup: "PRAGMA cache_size = 100; ATTACH 'b.db' AS side" });
            const outcomes = [];
            for (let i = 0; i < 2; i++) {
              kill();
              outcomes.push(await outcome(db.query('SELECT x FROM side.t')));
              await side.close();
            }
            return [...outcomes, await outcome(db.exec('UPDATE side.t SET x = 2').then(({ changes }) => changes)), `${workers.length}`];
            """);
        Assert.Equal(["fine [{\"x\":1}]", "fine [{\"x\":1}]", "fine 1", "3"], outcomes);
    }

    /// <summary>SQLite does not trap on purpose, so its function that runs a statement is replaced by one that can.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_trap_in_SQLite_fails_what_waits_and_the_next_call_works(string backend)
    {
        string[] outcomes = await RunAsync(backend, """
            const address = script => URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
            const trapping = address(`
              // A function whose only instruction is unreachable.
              const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11);
              const { t: trap } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
              let armed = false;
              const channel = new BroadcastChannel('trap');
              channel.onmessage = () => channel.postMessage(armed = true);
              const { instantiate } = WebAssembly;
              WebAssembly.instantiate = async (...parameters) => {
                const result = await instantiate(...parameters);
                const { exports } = result;
                return exports?.sqlite3_step
                  ? { exports: { ...exports, sqlite3_step: statement => armed ? trap() : exports.sqlite3_step(statement) } }
                  : result;
              };`);
            const workerUrl = address(`import '${trapping}'; import '${location.origin}/isar/isar-worker.js';`);
            await start({ workerUrl });
            const db = await storage.open('a.db');
            await db.exec('CREATE TABLE t (x)');
            await db.exec('INSERT INTO t VALUES (1)');
            const channel = new BroadcastChannel('trap');
            await new Promise(resolve => {
              channel.onmessage = resolve;
              channel.postMessage('arm');
            });
            const outcomes = await Promise.all([db.exec('INSERT INTO t VALUES (2)'), db.query('SELECT 1'), storage.report()].map(outcome));
            outcomes.push(await outcome(db.query('SELECT count(*) AS n FROM t')), `${workers.length}`);
            return outcomes;
            """);
        const string Died = "worker The worker died of an internal error: RuntimeError: unreachable";
        Assert.Equal([Died, Died, Died, """fine [{"n":1}]""", "2"], outcomes);
    }

    private async Task<string[]> RunAsync(string backend, string script)
    {
        TestPage page = await OpenAsync(backend);
        return await page.RunAsync<string[]>($"{Setup} {script}");
    }
}
