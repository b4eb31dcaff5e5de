using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>A database stays where it lives, also on a day when that storage is not available, in browsers that really do not offer it.</summary>
[Collection(BrowserTests.Name)]
public sealed class BrowserHomeTests(BrowserFixture fixture) : IDisposable
{
    /// <summary>Switches the origin private file system of Chromium off.</summary>
    private const string WithoutOpfs = "--disable-blink-features=FileSystemAccessOriginPrivate";

    private const string Helpers = """
        const start = () => IsarStorage.start({ directory: 'homes' });
        const expect = (isTrue, what) => { if (!isTrue) throw new Error(JSON.stringify(what)); };
        const refuse = async (storage, database, ...words) => {
          const error = await storage.open(database).then(() => undefined, error => error);
          expect(error?.kind === 'unavailable' && words.every(word => error.message.toLowerCase().includes(word)), `${error?.kind}: ${error?.message}`);
        };
        const write = async (storage, database, text) => {
          const db = await storage.open(database);
          await db.exec('CREATE TABLE IF NOT EXISTS entries (text)');
          await db.exec('INSERT INTO entries VALUES (?)', [text]);
          await db.close();
        };
        const read = async (storage, database) => {
          const db = await storage.open(database);
          const rows = await db.query('SELECT text FROM entries ORDER BY rowid');
          await db.close();
          return rows.map(row => row.text).join();
        };
        """;

    private readonly string _profile = Directory.CreateTempSubdirectory("isar-homes-").FullName;

    public void Dispose() => Directory.Delete(_profile, recursive: true);

    [Fact]
    public async Task A_database_in_OPFS_waits_for_OPFS_to_come_back()
    {
        await RunAsync("""
            const storage = await start();
            await write(storage, 'home.db', 'kept');
            expect((await storage.report()).backend === 'opfs', await storage.report());
            storage.stop();
            """);
        await RunAsync("""
            const storage = await start();
            const report = await storage.report();
            expect(report.backend === 'indexeddb' && report.rejected[0].backend === 'opfs' && report.rejected[0].reason.includes('getDirectory'), report);
            await refuse(storage, 'home.db', '"home.db"', '"opfs"', 'getdirectory');
            expect(await storage.exists('home.db'), 'it exists');
            await write(storage, 'new.db', 'made without OPFS');
            const list = (await storage.list()).map(entry => `${entry.name} ${entry.backend} ${entry.bytes > 0}`);
            expect(list.join() === 'home.db opfs false,new.db indexeddb true', list);
            storage.stop();
            """, WithoutOpfs);
        await RunAsync("""
            const storage = await start();
            expect(await read(storage, 'home.db') === 'kept', 'home.db');
            expect(await read(storage, 'new.db') === 'made without OPFS', 'new.db');
            const list = (await storage.list()).map(entry => `${entry.name} ${entry.backend}`);
            expect(list.join() === 'home.db opfs,new.db indexeddb', list);
            storage.stop();
            """);
    }

    [Fact]
    public async Task A_database_that_moved_to_IndexedDB_waits_for_IndexedDB_to_come_back()
    {
        await RunAsync("""
            const storage = await start();
            await write(storage, 'moved.db', 'kept');
            await write(storage, 'stayed.db', 'also kept');
            await storage.migrate('moved.db', 'indexeddb');
            expect(await read(storage, 'moved.db') === 'kept', 'moved.db');
            const list = (await storage.list()).map(entry => `${entry.name} ${entry.backend}`);
            expect(list.join() === 'moved.db indexeddb,stayed.db opfs', list);
            storage.stop();
            """);
        string indexedDb = Path.Combine(_profile, "Default", "IndexedDB");
        Directory.Move(indexedDb, indexedDb + ".away");
        await File.WriteAllTextAsync(indexedDb, "in the way");
        await RunAsync("""
            const storage = await start();
            await refuse(storage, 'moved.db', '"moved.db"', 'indexeddb');
            await refuse(storage, 'new.db', '"new.db"', 'indexeddb');
            expect(await read(storage, 'stayed.db') === 'also kept', 'stayed.db');
            storage.stop();
            """);
        File.Delete(indexedDb);
        Directory.Move(indexedDb + ".away", indexedDb);
        await RunAsync("""
            const storage = await start();
            expect(await read(storage, 'moved.db') === 'kept', 'moved.db');
            await storage.migrate('moved.db', 'opfs');
            expect(await read(storage, 'moved.db') === 'kept', 'moved.db');
            expect((await storage.list()).every(entry => entry.backend === 'opfs'), await storage.list());
            storage.stop();
            """);
    }

    [Fact]
    public async Task What_was_made_without_OPFS_moves_there_on_opening_when_asked_for()
    {
        await RunAsync("const storage = await start(); await write(storage, 'early.db', 'kept'); storage.stop();", WithoutOpfs);
        await RunAsync("""
            const storage = await IsarStorage.start({ directory: 'homes', migrateOnOpen: true });
            const stages = new Set();
            const db = await storage.open('early.db', { onProgress: progress => stages.add(progress.stage) });
            expect((await db.query('SELECT text FROM entries'))[0].text === 'kept', 'early.db');
            expect(stages.has('copying') && stages.has('verifying'), [...stages]);
            expect((await storage.list()).map(entry => entry.backend).join() === 'opfs', await storage.list());
            storage.stop();
            """);
    }

    [FirefoxFact]
    public async Task Firefox_waits_for_OPFS_to_come_back()
    {
        await RunInFirefoxAsync("const storage = await start(); await write(storage, 'home.db', 'kept'); storage.stop();");
        await RunInFirefoxAsync("""
            const storage = await start();
            expect((await storage.report()).backend === 'indexeddb', await storage.report());
            await refuse(storage, 'home.db', '"home.db"', '"opfs"', 'getdirectory');
            storage.stop();
            """, "\"dom.fs.enabled\", false");
        await RunInFirefoxAsync("""
            const storage = await start();
            expect(await read(storage, 'home.db') === 'kept', 'home.db');
            storage.stop();
            """, "\"dom.fs.enabled\", true");
    }

    private async Task RunAsync(string script, params string[] arguments)
    {
        await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(_profile, arguments);
        IPage page = await fixture.OpenPageAsync(browser);
        await page.EvaluateAsync($"async () => {{ {Helpers} {script} }}");
        await browser.CloseAsync();
    }

    private async Task RunInFirefoxAsync(string script, params string[] preferences)
    {
        await using FirefoxBrowser browser = await FirefoxBrowser.StartAsync(_profile, preferences: preferences);
        IBrowserTab tab = await browser.OpenAsync(fixture.Url);
        JsonElement _ = await tab.EvaluateAsync($"async () => {{ const {{ IsarStorage }} = await import('/isar/isar-client.js'); {Helpers} {script} }}");
        await browser.CloseAsync();
    }
}
