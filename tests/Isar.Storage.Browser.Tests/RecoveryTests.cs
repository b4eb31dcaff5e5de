using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>Workers that end in the middle of something, and callers that do several things at once.</summary>
[Collection(BrowserTests.Name)]
public sealed class RecoveryTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    [Fact]
    public async Task A_worker_that_ends_inside_a_transaction_over_two_databases_leaves_both_alike() => await (await OpenAsync()).RunAsync($$"""
        for (let round = 0; round < {{(TestRun.IsLong ? 30 : 7)}}; round++) {
          // With a write-ahead log each database is whole by itself.
          const storage = await startAnother({ writeAheadLog: false });
          // SQLite writes the names of databases into journals: also the longest.
          const [a, b] = ['a.db', 'b.db'].map(name => at(`${round % 4 < 2 ? '' : '0123456789/'.repeat(33)}${name}`));
          const names = round % 2 ? [b, a] : [a, b];
          const counts = {};
          const opened = {};
          for (const name of names) {
            opened[name] = await storage.open(name);
            await opened[name].exec('CREATE TABLE IF NOT EXISTS t (x)');
            counts[name] = await value('SELECT count(*) FROM t', opened[name]);
            await assertWhole(opened[name]);
          }
          assertEqual(counts[a], counts[b], `The number of rows of a.db, which is that of b.db, in round ${round}`);
          await opened[b].close();
          const db = opened[a];
          await db.exec(`ATTACH '${b}' AS b`);
          const insert = () => db.exec('BEGIN; INSERT INTO main.t VALUES (randomblob(20000)); INSERT INTO b.t VALUES (randomblob(20000)); COMMIT');
          for (let i = 0; i < round; i++) await insert();
          const [first] = [insert(), insert(), insert()].map(call => call.catch(() => {}));
          if (round % 3 === 0) await first;
          storage.stop();
        }
        """);

    [Fact]
    public async Task Deleting_while_opening_never_empties_an_open_database() => await (await TakeAsync()).RunAsync("""
        for (let round = 0; round < 10; round++) {
          const name = at(`race${round}.db`);
          const setup = await storage.open(name);
          await setup.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
          await setup.close();
          const calls = round % 2 ? [storage.delete(name), storage.open(name)] : [storage.open(name), storage.delete(name)];
          const results = await Promise.allSettled(calls);
          const [opened, deleted] = round % 2 ? results.reverse() : results;
          if (opened.status === 'rejected') throw opened.reason;
          const tables = await value("SELECT count(*) FROM sqlite_schema WHERE name = 't'", opened.value);
          const expected = deleted.status === 'rejected' ? ['rejected', 'busy', 1] : ['fulfilled', undefined, 0];
          assertEqual([deleted.status, deleted.reason?.kind, tables], expected);
          await opened.value.close();
        }
        """);

    [Fact]
    public async Task Workers_that_take_turns_opening_and_deleting_only_wait() => await Task.WhenAll((await TakeAllAsync("opfs", 2))
        .Select(page => page.RunAsync("""
            for (let i = 0; i < 15; i++) {
              await open();
              await db.exec('CREATE TABLE IF NOT EXISTS t (x)');
              await db.close();
              await storage.delete(at('shared.db'));
            }
            """)));

    [Fact]
    public async Task Without_flushing_a_commit_still_outlives_its_worker() => await (await OpenAsync()).RunAsync($$"""
        for (let round = 0; round < {{(TestRun.IsLong ? 8 : 4)}}; round++) {
          await start();
          for (const journalMode of ['persist', 'truncate', 'delete', 'memory', ...(backend === 'opfs' ? ['wal'] : [])]) {
            const db = await storage.open(at(`${journalMode}.db`));
            await db.query(`PRAGMA journal_mode = ${journalMode}`);
            await db.exec('PRAGMA synchronous = OFF; CREATE TABLE IF NOT EXISTS t (x)');
            assertEqual(await value('SELECT count(*) FROM t', db), round, `The number of rows of ${journalMode}.db`);
            await db.exec('INSERT INTO t VALUES (1)');
          }
          storage.stop();
        }
        """);

    [Fact]
    public async Task A_name_with_an_invisible_mark_is_another_name() => await (await TakeAsync()).RunAsync("""
        const plain = await storage.open(at('b.db'));
        await plain.exec('CREATE TABLE plain (x)');
        const marked = await storage.open(at('\uFEFFb.db'));
        assertEqual(await value('SELECT count(*) FROM sqlite_schema', marked), 0, 'What is in the other file');
        """);
}
