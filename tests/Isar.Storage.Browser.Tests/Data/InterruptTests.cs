using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>What a signal ends, on pages that share memory with their worker and on those that do not.</summary>
[Collection(DataTests.Name)]
public sealed class InterruptTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private const string Endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c";

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_statement_that_runs_is_interrupted_where_the_page_is_isolated(string backend)
    {
        TestPage tab = await TakeAsync(backend, path: TestSite.Isolated);
        await tab.RunAsync($"await open(); {CreateTable}");
        Assert.True(await tab.RunAsync<bool>("return crossOriginIsolated"));
        Failure failure = await tab.RunAsync<Failure>($"return await fail(db.query('{Endless}', [], {{ signal: AbortSignal.timeout(100) }}))");
        Assert.Equal("TimeoutError", failure.Kind);
        Assert.Equal(3, await tab.RunAsync<int>("return await value('SELECT count(*) FROM t')"));
    }

    [Fact]
    public async Task Interrupting_undoes_the_statement_and_inside_a_transaction_all_of_it()
    {
        TestPage tab = await TakeAsync(path: TestSite.Isolated);
        await tab.RunAsync($"await open(); {CreateTable}");
        string insert = $"INSERT INTO t (content) SELECT i FROM ({Endless.Replace("count(*)", "i", StringComparison.Ordinal)})";
        await tab.RunAsync($"await fail(db.exec('{insert}', [], {{ signal: AbortSignal.timeout(100) }}), 'TimeoutError')");
        Assert.Equal(3, await tab.RunAsync<int>("return await value('SELECT count(*) FROM t')"));
        Failure failure = await tab.RunAsync<Failure>($$"""
            return await fail(db.transaction(async tx => {
              await tx.exec("INSERT INTO t (content) VALUES ('d')");
              await tx.exec('{{insert}}');
            }, { signal: AbortSignal.timeout(100) }));
            """);
        Assert.Equal("TimeoutError", failure.Kind);
        Assert.Equal(3, await tab.RunAsync<int>("return await value('SELECT count(*) FROM t')"));
    }

    [Fact]
    public async Task One_signal_interrupts_what_runs_and_cancels_what_waits_and_nothing_else()
    {
        TestPage tab = await TakeAsync(path: TestSite.Isolated);
        await tab.RunAsync($"await open(); {CreateTable}");
        Assert.Equal(["TimeoutError", "TimeoutError", "3"], await tab.RunAsync<string[]>($$"""
            const signal = AbortSignal.timeout(100);
            const calls = [
              db.query('{{Endless}}', [], { signal }),
              db.query('{{Endless}}', [], { signal }),
              value('SELECT count(*) FROM t'),
            ];
            return (await Promise.allSettled(calls)).map(({ value, reason }) => String(reason?.name ?? value));
            """));
    }

    [Fact]
    public async Task Without_isolation_what_reads_is_not_waited_for_and_what_writes_tells_what_came_of_it()
    {
        TestPage[] tabs = await TakeSharedAsync("opfs", 1);
        Assert.False(await tabs[0].RunAsync<bool>("return crossOriginIsolated"));
        string many = $"{Endless.Replace("count(*)", "i", StringComparison.Ordinal)} LIMIT 3000000";
        Assert.Equal("read AbortError,write 1,after 4", await tabs[0].RunAsync<string>($$"""
            const controller = new AbortController();
            const { signal } = controller;
            const order = [];
            const calls = [
              db.exec('INSERT INTO t (content) SELECT count(*) FROM ({{many}})', [], { signal })
                .then(({ changes }) => order.push(`write ${changes}`)),
              db.query('SELECT count(*) AS n FROM ({{many}})', [], { signal }).catch(({ name }) => order.push(`read ${name}`)),
              value('SELECT count(*) FROM t').then(count => order.push(`after ${count}`)),
            ];
            controller.abort();
            await Promise.all(calls);
            return order.join();
            """));
    }
}
