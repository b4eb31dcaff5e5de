using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>A database that is open in another tab is not deleted or moved under its feet.</summary>
[Collection(BrowserTests.Name)]
public sealed class DeletionTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private const string Candidates = "candidates: ['opfs', 'indexeddb'].sort(name => name === backend ? -1 : 1)";

    private const string Delete = "delete(at('shared.db'))";

    private const string Migrate = "migrate(at('shared.db'), backend === 'opfs' ? 'indexeddb' : 'opfs')";

    [Theory]
    [InlineData("opfs", Delete)]
    [InlineData("indexeddb", Delete)]
    [InlineData("opfs", Migrate)]
    [InlineData("indexeddb", Migrate)]
    public async Task It_is_refused_until_the_other_tab_has_closed_it(string backend, string action)
    {
        TestPage[] tabs = await TakeSharedAsync(backend, 2, $"{{ {Candidates} }}");
        (TestPage user, TestPage other) = (tabs[0], tabs[1]);
        await other.RunAsync($$"""
            await db.close();
            globalThis.impatient ??= await startAnother({ {{Candidates}}, openTimeoutMs: 1000 });
            await impatient.list();
            """);
        Failure failure = await other.RunAsync<Failure>($"return await fail(impatient.{action})");
        Output.WriteLine(failure.Message);
        Assert.Equal("busy", failure.Kind);
        Assert.Contains($"\"{Prefix}shared.db\"", failure.Message);
        Assert.Contains($"the page {Fixture.Url}, opened at ", failure.Message);
        Assert.Contains("after 1 s", failure.Message);
        // Nothing has happened to it, for either of them.
        Assert.Equal(3, await user.RunAsync<int>("return await value('SELECT count(*) FROM t')"));
        await user.RunAsync("await db.close()");
        await other.RunAsync($"await storage.{action}");
        int expected = action == Delete ? 0 : 3;
        Assert.Equal(expected, await user.RunAsync<int>("""
            globalThis.db = await storage.open(at('shared.db'));
            await db.exec('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, content TEXT NOT NULL)');
            return await value('SELECT count(*) FROM t');
            """));
    }

    /// <summary>Whoever waits to delete was heard once; that others took the lease in the meantime does not make it forgotten.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Who_waits_to_delete_goes_on_when_the_last_of_others_that_took_turns_has_closed_it(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend, 3, $"{{ {Candidates} }}");
        await tabs[2].RunAsync("""
            await db.close();
            globalThis.deleting = true;
            go(storage.delete(at('shared.db')).finally(() => deleting = false));
            await storage.diagnostics();
            await sleep(200);
            if (!deleting) await going;
            """);
        for (int turn = 0; turn < 6; turn++)
            await tabs[turn % 2].RunAsync("await db.exec('UPDATE t SET content = content')");
        foreach (TestPage tab in tabs.Take(2))
            await tab.RunAsync("await db.close()");
        Assert.True(await tabs[2].RunAsync<bool>("return await going"));
    }
}
