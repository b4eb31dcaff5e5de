using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>What the IndexedDB backend does when what is stored is damaged, comes from elsewhere or is in use by others.</summary>
[Collection(BrowserTests.Name)]
public sealed class IndexedDbTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    /// <summary>A database of some blocks, and the means to look at and change what IndexedDB has of it.</summary>
    private const string Functions = """
        const name = at('shared.db');
        const change = async action => {
          const database = await openIndexedDb();
          const transaction = database.transaction(['files', 'blocks'], 'readwrite');
          await action(transaction.objectStore('files'), transaction.objectStore('blocks'));
          await new Promise((resolve, reject) => {
            transaction.oncomplete = resolve;
            transaction.onabort = () => reject(transaction.error);
          });
          database.close();
        };
        const read = async () => {
          const parts = [];
          await change(async (files, blocks) => {
            for (const store of [files, blocks]) parts.push(await request(store.getAllKeys()), await request(store.getAll()));
          });
          return parts;
        };
        const snapshot = async () =>
          JSON.stringify(await read(), (_, value) => value instanceof ArrayBuffer ? Array.from(new Uint32Array(value)) : value);
        const create = async () => {
          await open();
          await db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, content TEXT)');
          for (let i = 0; i < 40; i++) await db.exec('INSERT INTO t (content) VALUES (?)', ['x'.repeat(10000)]);
          await db.close();
        };
        """;

    [Theory]
    [InlineData("await blocks.delete([name, 2])", "corrupt", "block 2 of \"NAME\" is missing")]
    [InlineData("blocks.put(new ArrayBuffer(100), [name, 1])", "corrupt", "block 1 of \"NAME\" is damaged")]
    [InlineData("blocks.put('text', [name, 0])", "corrupt", "block 0 of \"NAME\" is damaged")]
    [InlineData("blocks.put(new ArrayBuffer(100), [name, 999])", "corrupt", "where its manifest says")]
    [InlineData("files.delete(name)", "corrupt", "the manifest of \"NAME\" is missing")]
    [InlineData("files.put({ format: 1, length: -5 }, name)", "corrupt", "the manifest of \"NAME\" is damaged")]
    [InlineData("files.put('text', name)", "corrupt", "the manifest of \"NAME\" is damaged")]
    [InlineData("files.put({ ...await request(files.get(name)), length: 1000 }, name)", "corrupt", "NAME")]
    [InlineData("files.put({ ...await request(files.get(name)), format: 2 }, name)", "unavailable", "newer version")]
    public async Task Damage_is_a_specific_error_and_nothing_is_deleted(string damage, string kind, string text)
    {
        await RunAsync("await create();");
        // Another worker, which has nothing of the database in its memory.
        await RunAsync($$"""
            const [fileKeys, files, blockKeys, blocks] = await read();
            await change(async (files, blocks) => { {{damage}}; });
            const damaged = await snapshot();
            for (let attempt = 0; attempt < 2; attempt++) await fail(storage.open(name), '{{kind}}', '{{text}}'.replace('NAME', name));
            const other = await storage.open(at('other.db'));
            await other.exec('CREATE TABLE t (x)');
            await other.close();
            await storage.delete(at('other.db'));
            assert(await snapshot() === damaged, 'What is stored stays as it is.');
            await change((fileStore, blockStore) => {
              for (const store of [fileStore, blockStore]) store.clear();
              fileKeys.forEach((key, index) => fileStore.put(files[index], key));
              blockKeys.forEach((key, index) => blockStore.put(blocks[index], key));
            });
            await open();
            await assertWhole();
            assertEqual(await value('SELECT count(*) FROM t'), 40, 'The number of rows');
            await db.close();
            await storage.delete(name);
            """, 1);
    }

    [Fact]
    public Task A_newer_schema_is_left_alone_and_named() => RunOwnAsync("""
        (await openIndexedDb(99)).close();
        await fail(start(), 'unavailable', 'newer version');
        """);

    /// <summary>Chromium tells about a blocked upgrade, but an open that queues behind a deletion is told nothing.</summary>
    [Fact]
    public Task A_tab_that_keeps_IndexedDB_from_opening_is_waited_for_and_then_named() => RunOwnAsync("""
        await start();
        await create();
        storage.stop();
        const rude = await openIndexedDb();
        const deletion = indexedDB.deleteDatabase(rude.name);
        await new Promise(resolve => deletion.onblocked = resolve);
        await fail(start({ openTimeoutMs: 1000 }), 'busy', 'close the other tabs');
        rude.close();
        await request(deletion);
        await start();
        await (await open()).exec('CREATE TABLE t (x)');
        """);

    [Fact]
    public Task Another_tab_that_upgrades_is_not_kept_waiting_and_what_was_acknowledged_is_stored() => RunOwnAsync("""
        await open();
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        const database = await openIndexedDb(50);
        const manifest = await request(database.transaction(['files']).objectStore('files').get(name));
        assert(manifest.length > 0, manifest);
        database.close();
        await fail(db.exec('INSERT INTO t VALUES (2)'), 'unavailable', 'reload this page');
        """);

    [Fact]
    public Task Data_that_is_deleted_while_it_is_open_is_noticed_at_the_next_commit() => RunOwnAsync("""
        await open();
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        await change(async (files, blocks) => { files.clear(); blocks.clear(); });
        await fail(db.exec('INSERT INTO t VALUES (2)'), 'corrupt', 'changed or deleted by something else');
        await fail(db.query('SELECT * FROM t'), 'sqlite', 'changed or deleted by something else');
        """);

    [Fact]
    public Task A_second_worker_waits_for_the_database_and_is_told_who_has_it() => RunOwnAsync("""
        const second = await startAnother({ openTimeoutMs: 1000 });
        await second.list();
        await open();
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        await endless(db, 'INSERT INTO t VALUES (2)');
        await fail(second.open(name), 'busy', `the page ${location.origin}/, opened at`);
        storage.stop();
        assertEqual(await value('SELECT count(*) FROM t', await (await start()).open(name)), 1, 'The number of rows');
        """);

    [Fact]
    public Task Attached_databases_are_stored_when_the_page_is_told() => RunOwnAsync($$"""
        for (let round = 0; round < {{(TestRun.IsLong ? 20 : 4)}}; round++) {
          await start();
          await open();
          await db.exec("ATTACH 'side.db' AS side").catch(() => undefined);
          await storage.open('side.db');
          await db.exec("ATTACH 'side.db' AS side").catch(() => undefined);
          await db.exec('CREATE TABLE IF NOT EXISTS side.t (x)');
          assertEqual(await value('SELECT count(*) FROM side.t'), round, 'The number of rows');
          await db.exec('INSERT INTO side.t VALUES (?)', [round]);
          storage.stop();
        }
        """);

    [Fact]
    public Task Many_commits_at_once_are_stored_in_their_order() => RunOwnAsync("""
        await start();
        const connections = await Promise.all(['a.db', 'a.db', 'b.db'].map(database => storage.open(database)));
        await connections[0].exec('CREATE TABLE t (n)');
        await connections[2].exec('CREATE TABLE t (n)');
        await Promise.all(Array.from({ length: 300 }, (_, n) => connections[n % 3].exec('INSERT INTO t VALUES (?)', [n])));
        storage.stop();
        await start();
        for (const [database, count] of [['a.db', 200], ['b.db', 100]])
          assertEqual(await value('SELECT count(*) FROM t', await storage.open(database)), count, `The number of rows of ${database}`);
        """);

    [Fact]
    public async Task Loading_reports_how_far_it_is_and_can_be_cancelled()
    {
        await RunAsync("""
            await open();
            await db.exec(`CREATE TABLE t (x);
              WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 30) INSERT INTO t SELECT randomblob(1000000) FROM c`);
            await db.close();
            """);
        await RunAsync("""
            const controller = new AbortController();
            await fail(storage.open(name, { signal: controller.signal, onProgress: () => controller.abort() }), 'AbortError');
            const reports = [];
            const opened = await storage.open(name, { onProgress: progress => reports.push(progress) });
            assertEqual(await value('SELECT count(*) FROM t', opened), 30, 'The number of rows');
            const { total } = reports.at(-1);
            const completed = reports.map(report => report.completed);
            assertEqual(reports.filter(report => report.stage !== 'loading'), []);
            assertEqual(completed, completed.toSorted((a, b) => a - b));
            assertEqual(completed.at(-1), total);
            assert(total >= 30_000_000, total);
            await opened.close();
            await storage.delete(name);
            """, 1);
    }

    private async Task RunAsync(string script, int number = 0) => await (await TakeAsync("indexeddb", number)).RunAsync($"{Functions} {script}");

    /// <summary>Runs a script in a page of its own, with nothing that has started yet and a directory of its own.</summary>
    private async Task RunOwnAsync(string script) =>
        await (await OpenAsync("indexeddb")).RunAsync($"globalThis.directory += crypto.randomUUID(); {Functions} {script}");
}
