using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>Files that a script of the page, or the browser when a person clears the site's data, deletes while a worker lives.</summary>
[Collection(BrowserTests.Name)]
public sealed class DeletedStorageTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    [Fact]
    public async Task A_directory_that_was_deleted_is_made_anew() => await (await OpenAsync()).RunAsync("""
        await start();
        const remove = async () => (await navigator.storage.getDirectory()).removeEntry(directory, { recursive: true });
        await remove();
        assertEqual(await storage.list(), []);
        await remove();
        await open();
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        await storage.backup('shared.db', 'copy/of.db');
        assertEqual(await names(), 'copy/of.db,shared.db');
        storage.stop();
        await start();
        await open();
        assertEqual(await value('SELECT x FROM t'), 1);
        """);

    [Fact]
    public async Task What_is_written_into_a_deleted_database_is_not_acknowledged_and_it_can_be_created_again()
    {
        TestPage page = await OpenAsync();
        await page.RunAsync("await open(); await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)')");
        ICDPSession devTools = await page.Page.Context.NewCDPSessionAsync(page.Page);
        string origin = new Uri(Fixture.Url).GetLeftPart(UriPartial.Authority);
        await devTools.SendAsync("Storage.clearDataForOrigin", new() { ["origin"] = origin, ["storageTypes"] = "all" });
        await page.RunAsync("""
            // It is asked for once a second; until then it is as if the data had been cleared after the commit.
            const untilFails = async call => {
              for (;;) await call();
            };
            await fail(untilFails(() => db.exec('INSERT INTO t VALUES (2)')), 'notFound', 'shared.db" was deleted while it was open');
            await fail(untilFails(() => db.query('SELECT * FROM t')), 'notFound', 'Close it');
            await db.close();
            await open();
            assertEqual(await value('SELECT count(*) FROM sqlite_schema'), 0);
            await db.exec('CREATE TABLE u (x)');
            storage.stop();
            await start();
            await open();
            assertEqual(await value('SELECT name FROM sqlite_schema'), 'u');
            """);
    }
}
