using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>Transactions over two databases of which another tab uses one, or both.</summary>
[Collection(BrowserTests.Name)]
public sealed class AttachedTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    /// <summary>Opens two databases and attaches the second to the first; makes databases.</summary>
    private const string Functions = """
        globalThis.attach = async (main, other) => {
          const side = await storage.open(at(other));
          const connection = await storage.open(at(main));
          await connection.exec(`ATTACH '${at(other)}' AS side`);
          globalThis.side = side;
          globalThis.db = connection;
        };
        globalThis.create = async (...names) => {
          for (const name of names) {
            const connection = await storage.open(at(name));
            await connection.exec('CREATE TABLE t (n INTEGER NOT NULL); INSERT INTO t VALUES (0)');
            await connection.close();
          }
        };
        """;

    private const string UpdateBoth = """
        for (let i = 0; i < 40; i++) {
          await db.transaction(async tx => {
            await tx.exec('UPDATE main.t SET n = n + 1');
            await tx.exec('UPDATE side.t SET n = n + 1');
          });
        }
        """;

    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task A_transaction_over_two_databases_waits_for_both(string backend)
    {
        TestPage[] tabs = await TakeBothAsync(backend);
        await tabs[0].RunAsync("await create('a.db', 'b.db'); await attach('a.db', 'b.db')");
        await tabs[1].RunAsync("globalThis.db = await storage.open(at('b.db'))");
        Task[] work =
        [
            tabs[0].RunAsync(UpdateBoth),
            tabs[1].RunAsync("for (let i = 0; i < 40; i++) await db.exec('UPDATE t SET n = n + 1')"),
        ];
        await Task.WhenAll(work);
        Assert.Equal(40, await tabs[0].RunAsync<int>("return await value('SELECT n FROM main.t')"));
        Assert.Equal(80, await tabs[0].RunAsync<int>("return await value('SELECT n FROM side.t')"));
        Assert.Equal(80, await tabs[1].RunAsync<int>("return await value('SELECT n FROM t')"));
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Attaching_what_another_tab_has_now_waits_for_it(string backend)
    {
        TestPage[] tabs = await TakeBothAsync(backend);
        await tabs[0].RunAsync("""
            await create('a.db', 'b.db');
            globalThis.side = await storage.open(at('b.db'));
            globalThis.db = await storage.open(at('a.db'));
            """);
        await tabs[1].RunAsync("""
            globalThis.mayEnd = false;
            globalThis.db = await storage.open(at('b.db'));
            await db.exec('UPDATE t SET n = n + 1');
            go(db.transaction(async tx => {
              await tx.exec('UPDATE t SET n = n + 1');
              await until(() => globalThis.mayEnd);
            }));
            await storage.diagnostics();
            """);
        await tabs[0].RunAsync("""
            globalThis.attached = false;
            go(db.exec(`ATTACH '${at('b.db')}' AS side`).then(() => attached = true));
            await storage.diagnostics();
            assert(!attached, 'It did not wait.');
            """);
        await tabs[1].RunAsync("globalThis.mayEnd = true; await going");
        Assert.Equal(2, await tabs[0].RunAsync<int>("await going; return await value('SELECT n FROM side.t')"));
    }

    /// <summary>SQL in one call is not repeated once a part of it is done, so what it needs has to be there before.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Several_statements_in_one_call_wait_for_an_attached_database_too(string backend)
    {
        TestPage[] tabs = await TakeBothAsync(backend);
        await tabs[0].RunAsync("await create('a.db', 'b.db'); await attach('a.db', 'b.db')");
        await tabs[1].RunAsync("globalThis.db = await storage.open(at('b.db')); await db.exec('UPDATE t SET n = n + 1')");
        await tabs[0].RunAsync("await db.exec('BEGIN; UPDATE main.t SET n = n + 1; UPDATE side.t SET n = n + 1; COMMIT')");
        Assert.Equal(2, await tabs[1].RunAsync<int>("return await value('SELECT n FROM t')"));
    }

    /// <summary>Each has what the other needs as its main database: in which order they take them must not depend on that.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Two_tabs_that_attach_the_same_databases_the_other_way_round_do_not_block_each_other(string backend)
    {
        TestPage[] tabs = await TakeBothAsync(backend);
        await tabs[0].RunAsync("await create('a.db', 'b.db'); await attach('a.db', 'b.db')");
        await tabs[1].RunAsync("await attach('b.db', 'a.db')");
        await Task.WhenAll(tabs.Select(tab => tab.RunAsync(UpdateBoth)));
        Assert.Equal(80, await tabs[0].RunAsync<int>("return await value('SELECT n FROM main.t')"));
        Assert.Equal(80, await tabs[0].RunAsync<int>("return await value('SELECT n FROM side.t')"));
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task What_was_detached_is_not_waited_for(string backend)
    {
        TestPage[] tabs = await TakeBothAsync(backend);
        await tabs[0].RunAsync("await create('a.db', 'b.db'); await attach('a.db', 'b.db'); await db.exec('DETACH side')");
        await tabs[1].RunAsync("""
            globalThis.db = await storage.open(at('b.db'));
            await endless(db, 'UPDATE t SET n = 1');
            """);
        Assert.Equal(0, await tabs[0].RunAsync<int>("return await value('SELECT n FROM t')"));
        await tabs[1].RunAsync("end(); await going");
    }

    /// <summary>SQLite's own VFS for memory has names that no storage of ours has.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task What_lives_in_no_storage_can_be_attached(string backend) => await (await TakeAsync(backend)).RunAsync("""
        await open();
        await db.exec("ATTACH 'file:/x?vfs=memdb' AS m");
        await db.exec('CREATE TABLE m.t (n); INSERT INTO m.t VALUES (1); CREATE TABLE main.t (n); INSERT INTO main.t SELECT n FROM m.t');
        assertEqual(await value('SELECT n FROM main.t'), 1);
        """);

    private async Task<TestPage[]> TakeBothAsync(string backend)
    {
        TestPage[] tabs = await TakeAllAsync(backend, 2);
        await Task.WhenAll(tabs.Select(tab => tab.RunAsync(Functions)));
        return tabs;
    }
}
