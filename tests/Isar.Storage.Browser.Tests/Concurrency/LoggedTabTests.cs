using System.Diagnostics;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>Write-ahead logs in OPFS: what a commit costs, who moves it into the database and when, and what is left when a worker dies.</summary>
[Collection(BrowserTests.Name)]
public sealed class LoggedTabTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private static readonly int _deaths = TestRun.IsLong ? 200 : 20;

    private const string SizeOfLog = """
        const sizeOf = async name => {
          let directory = await opfsDirectory();
          const parts = at(name).split('/');
          const file = parts.pop();
          for (const part of parts) directory = await directory.getDirectoryHandle(part);
          return (await (await directory.getFileHandle(file)).getFile()).size;
        };
        const sizeOfLog = () => sizeOf('shared.db-wal');
        """;

    [Fact]
    public async Task A_commit_is_one_flush() => await (await TakeEmptyAsync()).RunAsync("""
        globalThis.backend = 'opfs';
        const id = `#${crypto.randomUUID()}`;
        const channel = new BroadcastChannel(id);
        const flushes = () => new Promise(resolve => {
          channel.onmessage = ({ data }) => resolve(data);
          channel.postMessage('count');
        });
        const storage = await startAnother({ workerUrl: `/test/countedWorker.mjs${id}` });
        for (const [mode, expected] of [['wal', 10], ['delete', 40]]) {
          const db = await storage.open(at('counted.db'));
          assertEqual(await value(`PRAGMA journal_mode = ${mode}`, db), mode);
          await db.exec('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, x)');
          await flushes();
          for (let i = 0; i < 10; i++) await db.exec('INSERT INTO t (x) VALUES (?)', [i]);
          assertEqual(await flushes(), expected, `The flushes of ten commits with journal_mode=${mode}`);
          await db.exec('PRAGMA synchronous = NORMAL');
          for (let i = 0; i < 10; i++) await db.exec('INSERT INTO t (x) VALUES (?)', [i]);
          assert((await flushes()) >= 10, 'What was acknowledged is flushed also where SQLite does not ask for it.');
          await db.close();
        }
        storage.stop();
        """);

    [Fact]
    public async Task A_new_database_has_a_log_unless_the_page_wants_none() => await (await TakeAsync()).RunAsync("""
        await open();
        assertEqual(await value('PRAGMA journal_mode'), 'wal');
        await db.close();
        assertEqual(await names(), 'shared.db');
        const plain = await startAnother({ writeAheadLog: false });
        const db2 = await plain.open(at('plain.db'));
        assertEqual(await value('PRAGMA journal_mode', db2), 'delete');
        await db2.exec('PRAGMA page_size = 1024; PRAGMA auto_vacuum = FULL; CREATE TABLE t (x)');
        assertEqual([await value('PRAGMA page_size', db2), await value('PRAGMA auto_vacuum', db2)], [1024, 1]);
        await db2.close();
        const again = await storage.open(at('plain.db'));
        assertEqual(await value('PRAGMA journal_mode', again), 'delete', 'The mode of a database that was there');
        await fail(startAnother({ writeAheadLog: 'yes' }), 'protocol', 'options');
        plain.stop();
        """);

    [Fact]
    public async Task The_log_is_emptied_while_nothing_is_asked_for_and_gone_after_the_last_connection() => await (await TakeAsync()).RunAsync($$"""
        {{SizeOfLog}}
        await open();
        await db.exec('CREATE TABLE t (x)');
        await db.execMany('INSERT INTO t VALUES (?)', Array.from({ length: 1000 }, () => [new Uint8Array(4000)]));
        assert((await sizeOfLog()) > 4_000_000, 'What was committed is in the log.');
        while ((await sizeOfLog()) > 0) await sleep(10);
        assert((await sizeOf('shared.db')) > 4_000_000, 'It is in the database.');
        await db.exec('INSERT INTO t VALUES (1)');
        assert((await sizeOfLog()) > 0, 'A little stays in the log.');
        await db.close();
        assertEqual(await storage.exists(at('shared.db')), true);
        await storage.delete(at('shared.db'));
        assertEqual(await names(), '');
        """);

    [Fact]
    public async Task The_log_stays_short_under_constant_load() => await (await TakeAsync()).RunAsync($$"""
        {{SizeOfLog}}
        await open();
        await db.exec('CREATE TABLE t (x)');
        let largest = 0;
        for (let i = 0; i < 3000; i++) {
          await db.exec('INSERT INTO t VALUES (?)', [new Uint8Array(4000)]);
          if (i % 50 === 0) largest = Math.max(largest, await sizeOfLog());
        }
        assert(largest > 500_000 && largest < 2100 * 8216, largest);
        await assertWhole();
        await db.close();
        """);

    [Fact]
    public async Task Readers_and_a_writer_of_a_page_go_on_beside_each_other() => await (await TakeAsync()).RunAsync("""
        await open();
        await db.exec('CREATE TABLE t (x)');
        await db.execMany('INSERT INTO t VALUES (?)', Array.from({ length: 20000 }, (_, i) => [`row number ${i}`]));
        const reader = await storage.open(at('shared.db'));
        let rows = 0;
        for await (const _ of reader.stream('SELECT x FROM t')) {
          if (++rows % 1000 === 0) await db.exec("INSERT INTO t VALUES ('new')");
        }
        assertEqual(rows, 20000, 'What a stream reads');
        assertEqual(await value('SELECT count(*) FROM t', reader), 20020);
        await Promise.all([reader.close(), db.close()]);
        """);

    [Fact]
    public async Task A_connection_hears_that_another_tab_has_given_the_database_another_mode()
    {
        TestPage[] tabs = await TakeSharedAsync("opfs");
        await tabs[0].RunAsync("await db.exec(\"INSERT INTO t (content) VALUES ('mine')\")");
        await tabs[1].RunAsync("""
            assertEqual(await value('PRAGMA journal_mode = DELETE'), 'delete');
            await db.exec("INSERT INTO t (content) VALUES ('theirs')");
            """);
        await tabs[0].RunAsync("""
            for (const sql of ['SELECT count(*) FROM t', 'DELETE FROM t'])
              await fail(db.query(sql), 'sqlite', 'another journal mode', 'Close this connection and open it again');
            await db.close();
            await open();
            assertEqual(await value('SELECT count(*) FROM t'), 5);
            assertEqual(await value('PRAGMA journal_mode = WAL'), 'wal');
            await db.exec("INSERT INTO t (content) VALUES ('again')");
            """);
        await tabs[1].RunAsync("""
            assertEqual(await value('SELECT count(*) FROM t'), 6);
            assertEqual(await value('PRAGMA journal_mode'), 'wal');
            await assertWhole();
            """);
    }

    /// <summary>SQLite's backup copies the mark of a log too.</summary>
    [Fact]
    public async Task A_backup_into_a_backend_without_logs_can_be_opened() => await (await TakeEmptyAsync()).RunAsync("""
        const storage = await startAnother({ candidates: ['opfs', 'indexeddb'] });
        const db = await storage.open(at('a.db'));
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        const old = await storage.open(at('b.db'));
        await old.exec('CREATE TABLE old (x)');
        await old.close();
        await storage.migrate(at('b.db'), 'indexeddb');
        await storage.backup(at('a.db'), at('b.db'));
        const copy = await storage.open(at('b.db'));
        assertEqual([await value('PRAGMA journal_mode', copy), await value('SELECT x FROM t', copy)], ['delete', 1]);
        await copy.exec('INSERT INTO t VALUES (2)');
        await assertWhole(copy);
        storage.stop();
        """);

    /// <summary>Two workers write by turns, read, make checkpoints and hand over; one after the other dies at a random moment.</summary>
    [Fact]
    public async Task Workers_that_die_between_commits_checkpoints_and_hand_overs_lose_nothing() => await (await TakeEmptyAsync()).RunAsync($$"""
        globalThis.backend = 'opfs';
        let state = {{CreateRandom().Next()}};
        const random = n => {
          state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
          return Math.floor((state / 0x80000000) * n);
        };
        const acknowledged = [0, 0];
        const begin = async writer => {
          const storage = await startAnother();
          const db = await storage.open(at('killed.db'));
          await db.exec('CREATE TABLE IF NOT EXISTS entries (writer INTEGER, number INTEGER, part INTEGER, content BLOB)');
          for (const checked of [0, 1]) {
            const sql = 'SELECT number, count(*) AS parts FROM entries WHERE writer = ? GROUP BY number ORDER BY number';
            const found = await db.query(sql, [checked]);
            assert(found.every(({ number, parts }, i) => number === i + 1 && parts === 3), found.slice(-3));
            if (checked !== writer) continue;
            // The last transaction may have been stored without its answer.
            assert(found.length === acknowledged[writer] || found.length === acknowledged[writer] + 1, [found.length, acknowledged]);
            acknowledged[writer] = found.length;
          }
          await assertWhole(db);
          return { storage, going: write(writer, db).catch(error => error) };
        };
        const write = async (writer, db) => {
          for (;;) {
            const number = acknowledged[writer] + 1;
            await db.transaction(async tx => {
              for (let part = 0; part < 3; part++)
                await tx.exec('INSERT INTO entries VALUES (?, ?, ?, randomblob(?))', [writer, number, part, 1 + random(20_000)]);
            });
            acknowledged[writer] = number;
            const action = random(8);
            if (action < 3) await db.query(`PRAGMA wal_checkpoint(${['PASSIVE', 'RESTART', 'TRUNCATE'][action]})`);
            else if (action === 3) await db.exec('DELETE FROM entries WHERE writer = 2; VACUUM');
            else if (action === 4) await db.query('SELECT count(*), sum(length(content)) FROM entries');
            else if (action === 5) await sleep(random(10));
          }
        };
        const writers = [await begin(0), await begin(1)];
        for (let deaths = 0; deaths < {{_deaths}}; deaths++) {
          await sleep(random(150));
          const dying = random(2);
          writers[dying].storage.stop();
          const error = await writers[dying].going;
          assertEqual(error.kind, 'closed', String(error));
          writers[dying] = await begin(dying);
        }
        for (const { storage, going } of writers) {
          storage.stop();
          await going;
        }
        assert(acknowledged[0] > 10 && acknowledged[1] > 10, acknowledged);
        """, TimeSpan.FromSeconds(120 + 5 * _deaths));

    [Fact]
    public async Task After_the_death_of_a_tab_another_reads_its_log()
    {
        TestPage waiting = await TakeAsync();
        List<double> times = [];
        for (int repetition = 0; repetition < 5; repetition++)
        {
            TestPage holder = await OpenAsync();
            await holder.RunAsync($$"""
                {{SizeOfLog}}
                await open();
                await db.exec('DROP TABLE IF EXISTS t; CREATE TABLE t (x)');
                await db.execMany('INSERT INTO t VALUES (?)', Array.from({ length: 520 }, () => [new Uint8Array(8000)]));
                await endless(db, 'DELETE FROM t');
                assert((await sizeOfLog()) > 4_000_000, 'The length of the log');
                """);
            await waiting.RunAsync("""
                globalThis.answered = undefined;
                go(open().then(() => value('SELECT count(*) FROM t')).then(rows => answered = rows));
                """);
            await waiting.RunAsync("await storage.diagnostics(); assertEqual(answered, undefined, 'What came without waiting')");
            var watch = Stopwatch.StartNew();
            await CloseAsync(holder);
            await waiting.RunAsync("await going; assertEqual(answered, 520)");
            times.Add(watch.Elapsed.TotalMilliseconds);
            await waiting.RunAsync("await assertWhole(); await db.close()");
        }
        Output.WriteLine($"Measured: from the death of a tab with a log of 4 MB to the first row: {times.Min():0} to {times.Max():0} ms, 5 times");
    }
}
