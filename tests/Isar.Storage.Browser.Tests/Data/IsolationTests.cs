using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>A transaction of a page is one, whatever else the page does meanwhile and however its callback ends.</summary>
[Collection(DataTests.Name)]
public sealed class IsolationTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private const string Limit = "{ transactionLimitMs: 300 }";

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Other_calls_of_the_page_wait_and_are_no_part_of_it(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend, 1);
        Assert.Equal(["3 inside", "4 after", "4 written"], await tabs[0].RunAsync<string[]>("""
            const said = [];
            let others;
            const transaction = db.transaction(async tx => {
              await tx.exec("INSERT INTO t (content) VALUES ('taken back')");
              others = Promise.all([
                db.exec("INSERT INTO t (content) VALUES ('other')").then(async () => said.push(`${await value('SELECT count(*) FROM t')} written`)),
                value('SELECT count(*) FROM t').then(count => said.push(`${count} after`)),
              ]);
              await sleep(50);
              said.push(`${(await tx.queryOne("SELECT count(*) - 1 AS n FROM t")).n} inside`);
              throw new Error('mine');
            });
            await transaction.catch(error => { if (error.message !== 'mine') throw error; });
            await others;
            return [said[0], ...said.slice(1).sort()];
            """));
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_callback_that_never_ends_is_cut_off_and_rolled_back(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend, 2, Limit);
        await tabs[0].RunAsync("""
            go(db.transaction(async tx => {
              globalThis.kept = tx;
              await tx.exec("UPDATE t SET content = 'never'");
              await new Promise(() => {});
            }));
            globalThis.waiting = db.exec("INSERT INTO t (content) VALUES ('next')");
            """);
        // Another tab goes on too.
        Assert.Equal(0, await tabs[1].RunAsync<int>("""return await value("SELECT count(*) FROM t WHERE content = 'never'")"""));
        Failure cut = await tabs[0].RunAsync<Failure>("return await fail(going)");
        Assert.Equal("timeout", cut.Kind);
        Assert.Contains("had not ended after 300 ms", cut.Message, StringComparison.Ordinal);
        Failure late = await tabs[0].RunAsync<Failure>("await waiting; return await fail(kept.exec('DELETE FROM t'))");
        Assert.Equal("usage", late.Kind);
        Assert.Equal("a,b,c,next", await tabs[0].RunAsync<string>("return await value('SELECT group_concat(content) FROM t')"));
    }

    [Fact]
    public async Task A_call_on_the_database_inside_its_own_transaction_ends_with_the_limit()
    {
        TestPage[] tabs = await TakeSharedAsync("opfs", 1, Limit);
        Assert.Equal("timeout", (await tabs[0].RunAsync<Failure>("return await fail(db.transaction(() => db.query('SELECT 1')))")).Kind);
        Assert.Equal(3, await tabs[0].RunAsync<int>("return await value('SELECT count(*) FROM t')"));
    }
}
