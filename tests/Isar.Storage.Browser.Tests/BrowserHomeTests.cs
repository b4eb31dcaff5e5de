using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>A database stays where it lives, also on a day when that storage is not available, in browsers that really do not offer it.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class BrowserHomeTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    /// <summary>Switches the origin private file system of Chromium off.</summary>
    private const string WithoutOpfs = "--disable-blink-features=FileSystemAccessOriginPrivate";

    private const string Functions = """
        const startBoth = options => start({ candidates: ['opfs', 'indexeddb'], ...options });
        const homes = async () => (await storage.list()).map(entry => `${entry.name} ${entry.backend}`);
        const write = async (database, text) => {
          const db = await storage.open(database);
          await db.exec('CREATE TABLE entries (text)');
          await db.exec('INSERT INTO entries VALUES (?)', [text]);
          await db.close();
        };
        const read = async database => {
          const db = await storage.open(database);
          const rows = await db.query('SELECT text FROM entries ORDER BY rowid');
          await db.close();
          return rows.map(row => row.text).join();
        };
        """;

    [Fact]
    public async Task A_database_in_OPFS_waits_for_OPFS_to_come_back()
    {
        await RunAsync("""
            await startBoth();
            await write('home.db', 'kept');
            assertEqual((await storage.report()).backend, 'opfs');
            """);
        await RunAsync("""
            await startBoth();
            const { backend: chosen, rejected } = await storage.report();
            assertEqual([chosen, rejected[0].backend], ['indexeddb', 'opfs']);
            assert(rejected[0].reason.includes('getDirectory'), rejected[0].reason);
            await fail(storage.open('home.db'), 'unavailable', '"home.db"', '"opfs"', 'getDirectory');
            assert(await storage.exists('home.db'), 'It exists.');
            await write('new.db', 'made without OPFS');
            const list = (await storage.list()).map(entry => `${entry.name} ${entry.backend} ${entry.bytes > 0}`);
            assertEqual(list, ['home.db opfs false', 'new.db indexeddb true']);
            """, WithoutOpfs);
        await RunAsync("""
            await startBoth();
            assertEqual(await read('home.db'), 'kept');
            assertEqual(await read('new.db'), 'made without OPFS');
            assertEqual(await homes(), ['home.db opfs', 'new.db indexeddb']);
            """);
    }

    [Fact]
    public async Task Memory_needs_no_secure_context()
    {
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(
            Profile, "--host-resolver-rules=MAP insecure.test 127.0.0.1", "--no-proxy-server");
        string url = new UriBuilder(Fixture.Url) { Host = "insecure.test" }.ToString();
        await (await TestPage.OpenAsync(browser, url, "opfs", StorageDirectory)).RunAsync("""
            assert(!isSecureContext, 'The context is secure.');
            await start({ memoryOnly: true });
            const db = await storage.open('a.db');
            await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
            assertEqual(await value('SELECT x FROM t', db), 1);
            assertEqual((await storage.report()).backend, 'memory');
            assertEqual(await storage.persist(), false);
            storage.stop();
            await fail(start({ candidates: ['opfs'] }), 'unavailable', 'secure context');
            """);
    }

    [Fact]
    public async Task A_database_that_moved_to_IndexedDB_waits_for_IndexedDB_to_come_back()
    {
        await RunAsync("""
            await startBoth();
            await write('moved.db', 'kept');
            await write('stayed.db', 'also kept');
            await storage.migrate('moved.db', 'indexeddb');
            assertEqual(await read('moved.db'), 'kept');
            assertEqual(await homes(), ['moved.db indexeddb', 'stayed.db opfs']);
            """);
        string indexedDb = Path.Combine(Profile, "Default", "IndexedDB");
        Directory.Move(indexedDb, indexedDb + ".away");
        await File.WriteAllTextAsync(indexedDb, "in the way");
        await RunAsync("""
            await startBoth();
            await fail(storage.open('moved.db'), 'unavailable', '"moved.db"', 'IndexedDB');
            await fail(storage.open('new.db'), 'unavailable', '"new.db"', 'IndexedDB');
            assertEqual(await read('stayed.db'), 'also kept');
            """);
        File.Delete(indexedDb);
        Directory.Move(indexedDb + ".away", indexedDb);
        await RunAsync("""
            await startBoth();
            assertEqual(await read('moved.db'), 'kept');
            await storage.migrate('moved.db', 'opfs');
            assertEqual(await read('moved.db'), 'kept');
            assertEqual(await homes(), ['moved.db opfs', 'stayed.db opfs']);
            """);
    }

    [Fact]
    public async Task What_was_made_without_OPFS_moves_there_on_opening_when_asked_for()
    {
        await RunAsync("await startBoth(); await write('early.db', 'kept');", WithoutOpfs);
        await RunAsync("""
            await startBoth({ migrateOnOpen: true });
            const stages = new Set();
            const db = await storage.open('early.db', { onProgress: progress => stages.add(progress.stage) });
            assertEqual(await value('SELECT text FROM entries', db), 'kept');
            assert(stages.has('copying') && stages.has('verifying'), [...stages]);
            assertEqual(await homes(), ['early.db opfs']);
            """);
    }

    [FirefoxFact]
    public async Task Firefox_waits_for_OPFS_to_come_back()
    {
        await RunInFirefoxAsync("await startBoth(); await write('home.db', 'kept');");
        await RunInFirefoxAsync("""
            await startBoth();
            assertEqual((await storage.report()).backend, 'indexeddb');
            await fail(storage.open('home.db'), 'unavailable', '"home.db"', '"opfs"', 'getDirectory');
            """, "\"dom.fs.enabled\", false");
        await RunInFirefoxAsync("""
            await startBoth();
            assertEqual(await read('home.db'), 'kept');
            """, "\"dom.fs.enabled\", true");
    }

    private async Task RunAsync(string script, params string[] arguments) =>
        await RunInAsync(await ChromiumBrowser.StartAsync(Profile, arguments), script);

    private async Task RunInFirefoxAsync(string script, params string[] preferences) =>
        await RunInAsync(await FirefoxBrowser.StartAsync(Profile, preferences: preferences), script);

    private async Task RunInAsync(IDrivenBrowser browser, string script)
    {
        await using (browser)
        {
            TestPage page = await OpenAsync(browser);
            await page.RunAsync($"{Functions} {script} storage.stop();");
            await browser.CloseAsync();
        }
    }
}
