using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>A tab gives a database up when it is asked, whatever else it does, and when it gave up waiting it has nothing of it.</summary>
[Collection(BrowserTests.Name)]
public sealed class GivingUpTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    /// <summary>Two connections take turns, so that there is always a request of one of them.</summary>
    [Theory]
    [InlineData("opfs", "shared.db")]
    [InlineData("indexeddb", "shared.db")]
    [InlineData("opfs", "other.db")]
    [InlineData("indexeddb", "other.db")]
    public async Task A_worker_that_writes_without_a_pause_still_hands_over(string backend, string written)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[0].RunAsync($$"""
            const connections = await Promise.all([0, 1].map(() => storage.open(at('{{written}}'))));
            await connections[0].exec('CREATE TABLE w (x)');
            globalThis.writes = 0;
            globalThis.isWriting = true;
            go(Promise.all(connections.map(async connection => {
              for (; isWriting; writes++) await connection.exec('INSERT INTO w VALUES (1)');
            })));
            await until(() => writes > 20);
            """);
        for (int turn = 0; turn < 5; turn++)
            Assert.Equal(3, await tabs[1].RunAsync<int>("return await value('SELECT count(*) FROM t')"));
        await tabs[0].RunAsync("globalThis.isWriting = false; await going");
        Assert.Equal(3, await tabs[0].RunAsync<int>("return await value('SELECT count(*) FROM t')"));
    }

    /// <summary>
    /// Opening is cancelled at another moment each time: before the lease, with it, while files are opened or read, just when all is done.
    /// </summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_cancelled_open_keeps_nobody_out_and_nothing_in_mind(string backend)
    {
        (TestPage cancelling, TestPage other) = (await TakeAsync(backend), await TakeAsync(backend, 1));
        int cancelled = 0;
        for (int round = 0; round < 30; round++)
        {
            await other.RunAsync($"globalThis.db = await storage.open(at('{round}.db')); {CreateTable}");
            cancelled += await cancelling.RunAsync<int>($$"""
                const controller = new AbortController();
                const opening = storage.open(at('{{round}}.db'), { signal: controller.signal });
                const end = performance.now() + {{round}};
                if ({{round}} % 2) await sleep({{round}});
                else while (performance.now() < end);
                controller.abort();
                return await opening.then(async db => { await db.close(); return 0; }, error => {
                  if (error.name !== 'AbortError') throw error;
                  return 1;
                });
                """);
            await other.RunAsync("await db.exec(\"UPDATE t SET content = 'changed'; DELETE FROM t WHERE id = 1\")");
            Assert.Equal("2 changed", await cancelling.RunAsync<string>($$"""
                const db = await storage.open(at('{{round}}.db'));
                const [{ text }] = await db.query("SELECT count(*) || ' ' || max(content) AS text FROM t");
                await db.close();
                return text;
                """));
        }
        Output.WriteLine($"{cancelled} of 30 were cancelled before they were done.");
        Assert.True(cancelled > 0);
    }

    [Fact]
    public async Task A_database_that_was_not_loaded_to_its_end_can_be_deleted()
    {
        TestPage[] tabs = await TakeSharedAsync("indexeddb", 1);
        Assert.True(await tabs[0].RunAsync<bool>("""
            await db.exec('CREATE TABLE large (content)');
            await db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000)
              INSERT INTO large SELECT randomblob(1000) FROM c`);
            storage.stop();
            await start();
            const controller = new AbortController();
            await fail(storage.open(at('shared.db'), { signal: controller.signal, onProgress: () => controller.abort() }));
            return await storage.delete(at('shared.db')) && !await storage.exists(at('shared.db'));
            """));
    }
}
