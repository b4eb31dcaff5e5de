using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>Pages come and go while others use the same database.</summary>
[Collection(BrowserTests.Name)]
public sealed class ReloadTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    /// <summary>
    /// Every second load is not waited for, so that workers are ended at any moment, also while they start and in the middle of a
    /// transaction. What happened is noted in the page's own storage, which is there for the next load.
    /// </summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task Fast_reloads_of_two_tabs_get_no_error_and_lose_nothing(string backend)
    {
        int reloads = TestRun.IsLong ? 50 : 6;
        TestPage[] tabs = await OpenAsync(backend, 2);
        await tabs[0].RunAsync("""
            localStorage.clear();
            await open();
            await db.exec('CREATE TABLE loads (tab INTEGER NOT NULL, load INTEGER NOT NULL)');
            storage.stop();
            """);
        await Task.WhenAll(tabs.Select(async (tab, number) =>
        {
            for (int load = 1; load <= reloads; load++)
            {
                await tab.ReloadAsync();
                await tab.RunAsync($$"""
                    const key = state => `${state} ${backend} {{number}} {{load}}`;
                    go((async () => {
                      await open();
                      await db.query('SELECT count(*) FROM loads');
                      await db.transaction(tx => tx.exec('INSERT INTO loads VALUES ({{number}}, {{load}})'));
                      localStorage.setItem(key('stored'), '');
                    })().catch(error => {
                      localStorage.setItem(key('failed'), error.message);
                      throw error;
                    }));
                    if ({{load}} % 2 === 0) await sleep({{load * 70 % 500}});
                    else await going;
                    """);
            }
        }));
        TestPage last = await OpenAsync(backend);
        string[] lost = await last.RunAsync<string[]>($$"""
            await open();
            const rows = (await db.query('SELECT tab, load FROM loads')).map(row => `${backend} ${row.tab} ${row.load}`);
            assertEqual(rows, [...new Set(rows)], 'What was stored');
            const notes = Object.keys(localStorage).map(key => [key, localStorage.getItem(key)]);
            const failed = notes.filter(([key]) => key.startsWith(`failed ${backend}`)).map(([key, message]) => `${key}: ${message}`);
            const stored = notes.filter(([key]) => key.startsWith(`stored ${backend}`)).map(([key]) => key.slice('stored '.length));
            assert(stored.length >= {{reloads}}, `Only ${stored.length} loads got as far as writing.`);
            return [...failed, ...stored.filter(key => !rows.includes(key))];
            """);
        Assert.Empty(lost);
    }

    /// <summary>
    /// Whether the page comes back from the back/forward cache is the browser's to decide, and what drives the browser loses its
    /// connection to one that does. So the page itself tells what happens, in its own storage, where the other tab reads it.
    /// </summary>
    [Theory]
    [InlineData("opfs", "")]
    [InlineData("opfs with journal", "")]
    [InlineData("indexeddb", "")]
    [InlineData("opfs", "await endless(db);")]
    [InlineData("opfs with journal", "await endless(db);")]
    [InlineData("indexeddb", "await endless(db);")]
    public async Task A_page_that_was_left_keeps_nobody_out_and_works_on_when_the_user_goes_back(string backend, string before)
    {
        (TestPage left, TestPage other) = (await OpenAsync(backend), await TakeAsync(backend));
        await ShareAsync([left, other]);
        await left.Page.AddInitScriptAsync(
            "addEventListener('pageshow', event => localStorage.setItem('shown', event.persisted ? 'cached' : 'loaded'))");
        await left.RunAsync($$"""
            addEventListener('pageshow', event => event.persisted && localStorage.setItem('shown', 'cached'));
            addEventListener('pageshow', async () => {
              globalThis.end?.();
              const outcome = await Promise.resolve(globalThis.going).then(() => 'committed', error => `${error.kind} ${error.message}`);
              const rows = await value('SELECT count(*) FROM t').catch(error => error.message);
              localStorage.setItem('rows', `${rows} ${outcome}`);
            });
            await db.exec('UPDATE t SET content = 1');
            {{before}}
            """);
        await left.Page.GotoAsync(Fixture.Url + "?elsewhere");
        Assert.Equal(4, await other.RunAsync<int>("""
            await db.exec("INSERT INTO t (content) VALUES ('d')");
            localStorage.removeItem('shown');
            localStorage.removeItem('rows');
            return await value('SELECT count(*) FROM t');
            """));
        await left.Page.EvaluateAsync("() => void setTimeout(() => history.back())");
        string shown = await other.RunAsync<string>("await until(() => localStorage.getItem('shown')); return localStorage.getItem('shown')");
        Output.WriteLine(shown == "cached" ? "The page came back from the back/forward cache." : "The page was loaded again.");
        if (shown == "cached")
        {
            string found = await other.RunAsync<string>("await until(() => localStorage.getItem('rows')); return localStorage.getItem('rows')");
            Assert.StartsWith(before == "" ? "4 committed" : "4 busy The page was left", found, StringComparison.Ordinal);
            return;
        }
        await left.Page.WaitForURLAsync(Fixture.Url);
        await left.SetUpAsync();
        Assert.Equal(4, await left.RunAsync<int>("await open(); return await value('SELECT count(*) FROM t')"));
    }
}
