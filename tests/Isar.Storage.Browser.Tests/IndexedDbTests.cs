using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What the IndexedDB backend does when what is stored is damaged, comes from elsewhere or is in use by others.</summary>
[Collection(BrowserTests.Name)]
public sealed class IndexedDbTests(BrowserFixture fixture)
{
    /// <summary>A database of some blocks, and the means to look at and change what IndexedDB has of it.</summary>
    private const string Helpers = """
        const name = `isar-storage/${directory}`;
        const start = options => IsarStorage.start({ directory, candidates: ['indexeddb'], ...options });
        const fail = async action => {
          try {
            await action();
          } catch (error) {
            return error;
          }
          throw new Error('It did not fail.');
        };
        const expectError = (error, kind, text) => {
          if (error.kind !== kind || !error.message.includes(text)) throw new Error(`Unexpected: ${error.kind}: ${error.message}`);
        };
        const result = request => new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        const change = async action => {
          const database = await result(indexedDB.open(name));
          const transaction = database.transaction(['files', 'blocks'], 'readwrite');
          await action(transaction.objectStore('files'), transaction.objectStore('blocks'));
          await new Promise((resolve, reject) => {
            transaction.oncomplete = resolve;
            transaction.onabort = () => reject(transaction.error);
          });
          database.close();
        };
        const snapshot = async () => {
          const parts = [];
          await change(async (files, blocks) => {
            for (const store of [files, blocks]) parts.push(await result(store.getAllKeys()), await result(store.getAll()));
          });
          return JSON.stringify(parts, (_, value) => value instanceof ArrayBuffer ? Array.from(new Uint32Array(value)) : value);
        };
        const create = async (text = 'x') => {
          const storage = await start();
          const db = await storage.open('a.db');
          await db.exec('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, content TEXT)');
          for (let i = 0; i < 40; i++) await db.exec('INSERT INTO t (content) VALUES (?)', [text.repeat(10000)]);
          storage.stop();
        };
        const rows = async () => {
          const storage = await start();
          const db = await storage.open('a.db');
          const [{ integrity_check }] = await db.query('PRAGMA integrity_check');
          const [{ count }] = await db.query('SELECT count(*) AS count FROM t');
          storage.stop();
          return `${integrity_check} ${count}`;
        };
        const expectRefused = async (kind, text) => {
          const before = await snapshot();
          const storage = await start();
          expectError(await fail(() => storage.open('a.db')), kind, text);
          expectError(await fail(() => storage.open('a.db')), kind, text);
          const other = await storage.open('other.db');
          await other.exec('CREATE TABLE t (x)');
          await other.close();
          await storage.delete('other.db');
          storage.stop();
          const after = await snapshot();
          if (before !== after) throw new Error('What is stored was changed.');
        };
        """;

    [Theory]
    [InlineData("missing-block", "await blocks.delete(['a.db', 2])", "corrupt", "block 2 of \"a.db\" is missing")]
    [InlineData("short-block", "blocks.put(new ArrayBuffer(100), ['a.db', 1])", "corrupt", "block 1 of \"a.db\" is damaged")]
    [InlineData("strange-block", "blocks.put('text', ['a.db', 0])", "corrupt", "block 0 of \"a.db\" is damaged")]
    [InlineData("extra-block", "blocks.put(new ArrayBuffer(100), ['a.db', 999])", "corrupt", "where its manifest says")]
    [InlineData("no-manifest", "files.delete('a.db')", "corrupt", "the manifest of \"a.db\" is missing")]
    [InlineData("strange-manifest", "files.put({ format: 1, length: -5 }, 'a.db')", "corrupt", "the manifest of \"a.db\" is damaged")]
    [InlineData("text-manifest", "files.put('text', 'a.db')", "corrupt", "the manifest of \"a.db\" is damaged")]
    [InlineData("short-manifest", "files.put({ ...await result(files.get('a.db')), length: 1000 }, 'a.db')", "corrupt", "a.db")]
    [InlineData("newer-format", "files.put({ ...await result(files.get('a.db')), format: 2 }, 'a.db')", "unavailable", "newer version")]
    public Task Damage_is_a_specific_error_and_nothing_is_deleted(string directory, string damage, string kind, string text) => RunAsync(
        directory,
        $$"""
        await create();
        const keep = [];
        await change(async (files, blocks) => {
          keep.push(await result(files.get('a.db')), await result(blocks.getAllKeys()), await result(blocks.getAll()));
        });
        await change(async (files, blocks) => { {{damage}}; });
        await expectRefused('{{kind}}', '{{text}}');
        await change(async (files, blocks) => {
          blocks.clear();
          files.put(keep[0], 'a.db');
          keep[1].forEach((key, index) => blocks.put(keep[2][index], key));
        });
        const found = await rows();
        if (found !== 'ok 40') throw new Error(found);
        """);

    [Fact]
    public Task A_newer_schema_is_left_alone_and_named() => RunAsync("newer-schema", """
        await create();
        const upgrade = indexedDB.open(name, 99);
        (await result(upgrade)).close();
        expectError(await fail(start), 'unavailable', 'newer version');
        """);

    /// <summary>Chromium tells about a blocked upgrade, but an open that queues behind a deletion is told nothing.</summary>
    [Fact]
    public Task A_tab_that_keeps_IndexedDB_from_opening_is_waited_for_and_then_named() => RunAsync("blocked", """
        await create();
        const rude = await result(indexedDB.open(name));
        const deletion = indexedDB.deleteDatabase(name);
        await new Promise(resolve => deletion.onblocked = resolve);
        expectError(await fail(() => start({ openTimeoutMs: 3000 })), 'busy', 'close the other tabs');
        rude.close();
        await result(deletion);
        const storage = await start();
        const db = await storage.open('a.db');
        await db.exec('CREATE TABLE t (x)');
        storage.stop();
        """);

    [Fact]
    public Task Another_tab_that_upgrades_is_not_kept_waiting_and_what_was_acknowledged_is_stored() => RunAsync("upgraded", """
        const storage = await start();
        const db = await storage.open('a.db');
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        const database = await result(indexedDB.open(name, 50));
        const manifest = await result(database.transaction(['files']).objectStore('files').get('a.db'));
        if (!(manifest.length > 0)) throw new Error(JSON.stringify(manifest));
        database.close();
        expectError(await fail(() => db.exec('INSERT INTO t VALUES (2)')), 'unavailable', 'reload this page');
        storage.stop();
        """);

    [Fact]
    public Task Data_that_is_deleted_while_it_is_open_is_noticed_at_the_next_commit() => RunAsync("cleared", """
        const storage = await start();
        const db = await storage.open('a.db');
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        await change(async (files, blocks) => { files.clear(); blocks.clear(); });
        expectError(await fail(() => db.exec('INSERT INTO t VALUES (2)')), 'corrupt', 'changed or deleted by something else');
        expectError(await fail(() => db.query('SELECT * FROM t')), 'sqlite', 'changed or deleted by something else');
        storage.stop();
        """);

    [Fact]
    public Task A_second_worker_waits_for_the_database_and_is_told_who_has_it() => RunAsync("held", """
        const first = await start();
        const second = await start({ openTimeoutMs: 3000 });
        await second.list();
        const db = await first.open('a.db');
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        await db.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (2)');
        expectError(await fail(() => second.open('a.db')), 'busy', `the page ${location.origin}/, opened at`);
        first.stop();
        const taken = await (await start()).open('a.db');
        if ((await taken.query('SELECT count(*) AS n FROM t'))[0].n !== 1) throw new Error('The row is gone.');
        second.stop();
        """);

    [Fact]
    public Task Attached_databases_are_stored_when_the_page_is_told() => RunAsync("attached", """
        for (let round = 0; round < 10; round++) {
          const storage = await start();
          const db = await storage.open('main.db');
          await db.exec("ATTACH 'side.db' AS side").catch(() => undefined);
          await storage.open('side.db');
          await db.exec("ATTACH 'side.db' AS side").catch(() => undefined);
          await db.exec('CREATE TABLE IF NOT EXISTS side.t (x)');
          const [{ n }] = await db.query('SELECT count(*) AS n FROM side.t');
          if (n !== round) throw new Error(`${n} rows in round ${round}`);
          await db.exec('INSERT INTO side.t VALUES (?)', [round]);
          storage.stop();
        }
        """);

    [Fact]
    public Task Many_commits_at_once_are_stored_in_their_order() => RunAsync("order", """
        const storage = await start();
        const connections = await Promise.all(['a.db', 'a.db', 'b.db'].map(database => storage.open(database)));
        await connections[0].exec('CREATE TABLE t (n)');
        await connections[2].exec('CREATE TABLE t (n)');
        await Promise.all(Array.from({ length: 300 }, (_, n) => connections[n % 3].exec('INSERT INTO t VALUES (?)', [n])));
        storage.stop();
        const again = await start();
        for (const [database, count] of [['a.db', 200], ['b.db', 100]]) {
          const db = await again.open(database);
          const [row] = await db.query('SELECT count(*) AS count FROM t');
          if (row.count !== count) throw new Error(`${database}: ${row.count}`);
        }
        again.stop();
        """);

    [Fact]
    public Task Loading_reports_how_far_it_is_and_can_be_cancelled() => RunAsync("loading", """
        const storage = await start();
        const db = await storage.open('a.db');
        await db.exec('CREATE TABLE t (x); WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 30) INSERT INTO t SELECT randomblob(1000000) FROM c');
        storage.stop();
        const again = await start();
        const controller = new AbortController();
        const cancelled = again.open('a.db', { signal: controller.signal, onProgress: () => controller.abort() });
        if ((await fail(() => cancelled)).name !== 'AbortError') throw new Error('It was not cancelled.');
        const reports = [];
        const opened = await again.open('a.db', { onProgress: progress => reports.push(progress) });
        if ((await opened.query('SELECT count(*) AS n FROM t'))[0].n !== 30) throw new Error('Rows are missing.');
        const last = reports.at(-1);
        const monotonic = reports.every((report, index) => report.stage === 'loading' && (index === 0 || report.completed >= reports[index - 1].completed));
        if (!monotonic || last.completed !== last.total || last.total < 30_000_000) throw new Error(JSON.stringify(reports));
        again.stop();
        """);

    private async Task RunAsync(string directory, string script)
    {
        IPage page = await fixture.OpenPageAsync();
        await page.EvaluateAsync($"async () => {{ const directory = 'indexeddb-{directory}'; {Helpers} {script} }}");
        await page.CloseAsync();
    }
}
