using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>A page hears what other tabs change.</summary>
[Collection(DataTests.Name)]
public sealed class WatchTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private const string Listen = """
        const heard = globalThis.heard = [];
        const listen = ({ tables }) => heard.push({ tables: tables.join(), at: performance.timeOrigin + performance.now() });
        """;

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_commit_is_heard_in_another_tab_and_a_rollback_or_another_table_is_not(string backend)
    {
        const int Commits = 20;
        TestPage[] tabs = await TakeSharedAsync(backend);
        (TestPage watching, TestPage writing) = (tabs[0], tabs[1]);
        await watching.RunAsync($"{Listen} await db.exec('CREATE TABLE other (x)'); await db.watch(['t'], listen);");
        await writing.RunAsync("""
            await db.exec('INSERT INTO other VALUES (1)');
            await db.transaction(async tx => {
              await tx.exec("UPDATE t SET content = 'never'");
              throw new Error('mine');
            }).catch(error => { if (error.message !== 'mine') throw error; });
            """);
        double[] delays = new double[Commits];
        for (int i = 0; i < Commits; i++)
        {
            double committed = await writing.RunAsync<double>($"""
                await db.exec("UPDATE t SET content = '{i}'");
                return performance.timeOrigin + performance.now();
                """);
            double at = await watching.RunAsync<double>($$"""
                await until(() => heard.length > {{i}});
                assertEqual(heard[{{i}}].tables, 't', 'What was heard');
                assertEqual(await value('SELECT max(content) FROM t'), '{{i}}', 'What is there when it is heard');
                return heard[{{i}}].at;
                """);
            delays[i] = at - committed;
        }
        Assert.Equal(Commits, await watching.RunAsync<int>("return heard.length"));
        Array.Sort(delays);
        Output.WriteLine(
            $"Measured: from a commit to its watcher in another tab, {backend}: {delays[Commits / 2]:0.0} ms (median of {Commits}), "
            + $"at most {delays[^1]:0.0} ms");
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Every_commit_of_a_burst_is_covered_by_what_is_heard(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[0].RunAsync($$"""
            {{Listen}}
            globalThis.last = 0;
            await db.watch('SELECT count(*) FROM t', async () => {
              listen({ tables: ['t'] });
              last = await value('SELECT count(*) FROM t');
            });
            """);
        await tabs[1].RunAsync("for (let i = 0; i < 200; i++) await db.exec(\"INSERT INTO t (content) VALUES ('x')\")");
        int calls = await tabs[0].RunAsync<int>("await until(() => last === 203); return heard.length");
        Assert.InRange(calls, 1, 200);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task An_import_is_heard_by_whoever_watches_anything(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[0].RunAsync($"{Listen} await db.watch(['t'], listen);");
        await tabs[1].RunAsync("""
            const other = await storage.open(at('other.db'));
            await other.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, content TEXT NOT NULL); INSERT INTO t (content) VALUES ('imported')");
            await storage.import(at('shared.db'), (await storage.export(at('other.db'))).stream);
            """);
        Assert.Equal("imported", await tabs[0].RunAsync<string>("""
            await until(() => heard.length > 0);
            return await value('SELECT group_concat(content) FROM t');
            """));
    }

    [Fact]
    public async Task A_page_that_comes_back_is_told_that_it_may_have_missed_something()
    {
        TestPage[] tabs = await TakeSharedAsync("opfs", 1);
        Assert.Equal(["t"], await tabs[0].RunAsync<string[]>($$"""
            {{Listen}}
            await db.watch(['t'], listen);
            dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
            return heard.map(({ tables }) => tables);
            """));
    }
}
