using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>What a tenure has lent to SQLite is taken back in whatever state it is, before another tab or connection has the database.</summary>
[Collection(BrowserTests.Name)]
public sealed class TenureTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    /// <summary>
    /// Each state is that of one worker when another one changes the row. What goes on keeps the other waiting, until it is ended.
    /// </summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task A_tenure_in_any_state_is_handed_over(string backend) => await (await TakeEmptyAsync()).RunAsync($$"""
        globalThis.backend = '{{backend}}';
        const storage = await startAnother();
        const mine = await storage.open(at('tenure.db'));
        const beside = await storage.open(at('tenure.db'));
        const attached = await storage.open(at('attached.db'));
        const otherStorage = await startAnother();
        const other = await otherStorage.open(at('tenure.db'));
        await mine.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CHECK (n >= 0)); INSERT INTO t VALUES (1, 0); CREATE TABLE more (x)");
        await mine.execMany('INSERT INTO more VALUES (?)', Array.from({ length: 5000 }, (_, i) => ['x'.repeat(100) + i]));
        await attached.exec('CREATE TABLE a (x)');
        const read = connection => value('SELECT n FROM t', connection);
        const stream = connection => {
          const rows = connection.stream('SELECT x FROM more');
          return rows.next().then(() => async () => void (await rows.return()));
        };
        const transaction = (connection, sql) => new Promise((begun, failed) => {
          connection.transaction(tx => tx.exec(sql).then(() => new Promise(end => begun(async () => end())))).catch(failed);
        });
        const states = {
          'after a read': () => read(mine),
          'after many reads': () => Promise.all(Array.from({ length: 50 }, () => read(mine))),
          'after a write': () => mine.exec('INSERT INTO more VALUES (1)'),
          'after a failed write': () => fail(mine.exec('UPDATE t SET n = -1')),
          'after a transaction': () => mine.transaction(tx => tx.exec('DELETE FROM more WHERE x = 1')),
          'after one that was rolled back': () => fail(mine.transaction(tx => tx.exec('DELETE FROM t').then(() => { throw new Error('no'); }))),
          'after a change of the schema': () => mine.exec('CREATE INDEX IF NOT EXISTS i ON more (x); DROP INDEX i'),
          'after reads of two connections': () => Promise.all([read(mine), read(beside)]),
          'after a write beside a connection that has read': () => read(beside).then(() => mine.exec('INSERT INTO more VALUES (1)')),
          'with a database attached': () => mine.exec(`ATTACH '${at('attached.db')}' AS also`).then(() => mine.query('SELECT count(*) FROM also.a')),
          'after a write to an attached database': () => mine.exec('INSERT INTO also.a VALUES (1)'),
          'after a transaction over both': () => mine.exec('BEGIN; INSERT INTO also.a VALUES (2); INSERT INTO more VALUES (2); COMMIT'),
          'after it was detached': () => mine.exec('DETACH also'),
          'after a stream': () => stream(mine).then(end => end()),
          'in a stream': () => stream(mine),
          'in a stream of another connection': () => stream(beside).then(end => read(mine).then(() => end)),
          'in a transaction that has read': () => transaction(mine, 'SELECT n FROM t'),
          'in a transaction that has written': () => transaction(beside, 'INSERT INTO more VALUES (1)').then(end => end),
          'after another connection was closed': () => storage.open(at('tenure.db')).then(third => read(third).then(() => third.close())),
          'after an empty time': () => sleep(100),
        };
        let n = 0;
        for (const [state, enter] of Object.entries(states)) {
          const end = await enter();
          let isDone = false;
          const change = other.exec('UPDATE t SET n = n + 1').then(() => (isDone = true));
          if (typeof end === 'function') {
            await sleep(30);
            assertEqual(isDone, false, `Whether the other worker could write in the midst, ${state}`);
            await end();
          }
          await change;
          n++;
          assertEqual(await read(mine), n, `What is read then, ${state}`);
          assertEqual(await read(beside), n, `What the connection beside it reads, ${state}`);
          assertEqual(await read(other), n, `What the other worker reads, ${state}`);
        }
        await assertWhole(mine);
        storage.stop();
        otherStorage.stop();
        """);

    /// <summary>A connection that was read with keeps its lock below SQLite; one beside it can lock the file alone all the same.</summary>
    [Fact]
    public async Task What_is_lent_costs_nothing_and_stands_in_nobodys_way() => await (await TakeEmptyAsync()).RunAsync("""
        globalThis.backend = 'opfs';
        const storage = await startAnother();
        const [one, two] = [await storage.open(at('lent.db')), await storage.open(at('lent.db'))];
        const read = connection => value('SELECT count(*) FROM t', connection);
        const crossings = async action => {
          const before = await storage.diagnostics();
          await action();
          const after = await storage.diagnostics();
          return after.crossingsToDotnet - before.crossingsToDotnet + after.crossingsToJs - before.crossingsToJs;
        };
        await one.exec('CREATE TABLE t (x)');
        for (let n = 0; n < 5; n++) {
          await read(two);
          await one.exec('INSERT INTO t VALUES (1)');
          for (const connection of [one, two]) {
            assertEqual(await read(connection), n + 1, 'The first read after a write');
            assertEqual(await crossings(() => read(connection)), 0, 'The crossings of the second');
          }
        }
        Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
        await read(one);
        assert((await crossings(() => read(one))) > 0, 'A hidden page keeps nothing that it does not use.');
        delete document.visibilityState;
        document.dispatchEvent(new Event('visibilitychange'));
        await read(one);
        await read(one);
        assertEqual(await crossings(() => read(one)), 0, 'The crossings when it is shown again');
        storage.stop();
        """);
}
