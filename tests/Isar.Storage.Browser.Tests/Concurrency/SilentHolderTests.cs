using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>The tab that has the database does not answer: who waits is told so after its time-out, and by whom it is held.</summary>
[Collection(BrowserTests.Name)]
public sealed class SilentHolderTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    /// <summary>Keeps the worker busy for longer than anybody waits; the end of the tab ends it.</summary>
    private const string BeginLongStatement = """
        go(db.query(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000000000)
          SELECT count(*) FROM c, (SELECT 1 FROM t LIMIT 1)`));
        """;

    private const string BeginEndlessTransaction = "await endless(db)";

    /// <summary>A worker of its own, so that only what is to fail has little time.</summary>
    private const string OpenImpatient = """
        globalThis.impatientStorage ??= await startAnother({ leaseTimeoutMs: 500 });
        globalThis.impatient = await impatientStorage.open(at('shared.db'));
        """;

    [Theory]
    [InlineData("opfs", BeginLongStatement)]
    [InlineData("indexeddb", BeginLongStatement)]
    [InlineData("opfs", BeginEndlessTransaction)]
    [InlineData("indexeddb", BeginEndlessTransaction)]
    public async Task Waiters_hear_who_holds_the_database_and_how_long_they_waited(string backend, string hold)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        (TestPage waiting, TestPage opening, TestPage holder) = (tabs[0], tabs[1], await OpenAsync(backend));
        await waiting.RunAsync(OpenImpatient);
        await opening.RunAsync("""
            await db.close();
            globalThis.impatientToOpen ??= await startAnother({ openTimeoutMs: 1000 });
            await impatientToOpen.list();
            """);
        await holder.RunAsync($"await open(); await value('SELECT count(*) FROM t'); {hold}");

        Failure[] failures = await Task.WhenAll(
            waiting.RunAsync<Failure>("return await fail(impatient.query('SELECT * FROM t'))"),
            waiting.RunAsync<Failure>("return await fail(impatient.transaction(tx => tx.query('SELECT * FROM t')))"),
            opening.RunAsync<Failure>("return await fail(impatientToOpen.open(at('shared.db')))"));
        Output.WriteLine(string.Join('\n', failures.Select(failure => $"{failure.After:0} ms: {failure.Message}")));
        Assert.All(failures, failure =>
        {
            Assert.Equal("busy", failure.Kind);
            Assert.Contains($"\"{Prefix}shared.db\"", failure.Message);
            Assert.Contains($"the page {Fixture.Url}, opened at ", failure.Message);
        });
        Assert.Contains("after 0.5 s", failures[0].Message);
        Assert.Contains("after 0.5 s", failures[1].Message);
        Assert.Contains("after 1 s", failures[2].Message);
        // It was no shorter: timers fire late, not early, but clocks round. What waits behind another in vain ends with that one.
        Assert.All([failures[0], failures[2]], failure => Assert.True(failure.After > 480, $"{failure.After} ms"));

        await CloseAsync(holder);
        Assert.Equal(3, await waiting.RunAsync<int>("return await value('SELECT count(*) FROM t')"));
        Assert.Equal(3, await opening.RunAsync<int>("await open(); return await value('SELECT count(*) FROM t')"));
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Waiters_for_a_page_that_does_not_run_hear_who_it_is_and_both_go_on_when_it_runs_again(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[1].RunAsync(OpenImpatient);
        await tabs[0].RunAsync("await value('SELECT count(*) FROM t')");
        Failure failure;
        using (await Fixture.Browser.FreezeAsync(tabs[0].Page!))
            failure = await tabs[1].RunAsync<Failure>("return await fail(impatient.query('SELECT * FROM t'))");
        Assert.Equal("busy", failure.Kind);
        Assert.Contains($"\"{Prefix}shared.db\" is still held by the page {Fixture.Url}, opened at ", failure.Message);
        Assert.Contains("after 0.5 s", failure.Message);
        Assert.Equal(3, await tabs[1].RunAsync<int>("return await value('SELECT count(*) FROM t')"));
        Assert.Equal(3, await tabs[0].RunAsync<int>("return await value('SELECT count(*) FROM t')"));
    }

    /// <summary>
    /// A page can be frozen only when it is hidden, and does not hear of it. Hiding is played here: nothing hides a page of a headless browser.
    /// </summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_hidden_page_has_what_it_does_not_use_given_up_before_it_is_frozen(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[0].RunAsync("""
            globalThis.visibility = state => {
              Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
              document.dispatchEvent(new Event('visibilitychange'));
            };
            globalThis.hasLease = async () => (await navigator.locks.query()).held.some(lock => lock.name.endsWith(`//${at('shared.db')}//lease`));
            await db.query('SELECT * FROM t');
            assert(await hasLease(), 'A page that is seen keeps its lease.');
            visibility('hidden');
            while (await hasLease());
            await db.exec("INSERT INTO t (content) VALUES ('hidden')");
            while (await hasLease());
            """);
        using (await Fixture.Browser.FreezeAsync(tabs[0].Page!))
            Assert.Equal(4, await tabs[1].RunAsync<int>("return await value('SELECT count(*) FROM t')"));
        await tabs[0].RunAsync("""
            visibility('visible');
            await db.query('SELECT * FROM t');
            assert(await hasLease(), 'It keeps it.');
            """);
    }

    /// <summary>They have waited for the same, so they do not wait for it one after another.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Calls_that_wait_together_fail_together(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[1].RunAsync($"{OpenImpatient} globalThis.another = await impatientStorage.open(at('shared.db'))");
        await tabs[0].RunAsync(BeginEndlessTransaction);
        Failure[] failures = await tabs[1].RunAsync<Failure[]>("""
            const failures = [];
            const write = options => fail(impatient.exec("INSERT INTO t (content) VALUES ('never')", [], options));
            const note = failure => failures.push(failure);
            const controller = new AbortController();
            const calls = [write().then(note)];
            const cancelled = write({ signal: controller.signal });
            calls.push(write().then(note), write().then(note));
            controller.abort();
            await cancelled;
            await calls[0];
            // Who begins to wait now takes as long as the first did.
            await fail(another.query('SELECT * FROM t'));
            const together = [...failures];
            await Promise.all(calls);
            return together;
            """);
        Assert.Equal(3, failures.Length);
        Assert.All(failures, failure => Assert.Equal("busy", failure.Kind));
        await tabs[0].RunAsync("end()");
        Assert.Equal(3, await tabs[1].RunAsync<int>("return await value('SELECT count(*) FROM t', impatient)"));
    }

    /// <summary>The worker has it in its queue, behind a call that waits.</summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_call_behind_one_that_waits_is_cancelled_at_once_and_never_made(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[0].RunAsync(BeginEndlessTransaction);
        Assert.Equal(["AbortError", "still waits"], await tabs[1].RunAsync<string[]>("""
            const controller = new AbortController();
            let outcome = 'still waits';
            go(Promise.all([
              db.exec("INSERT INTO t (content) VALUES ('first')").finally(() => outcome = 'ended'),
              db.exec("INSERT INTO t (content) VALUES ('third')").catch(() => {}),
            ]));
            const second = fail(db.exec("INSERT INTO t (content) VALUES ('second')", [], { signal: controller.signal }));
            await storage.diagnostics();
            controller.abort();
            return [(await second).kind, outcome];
            """));
        await tabs[0].RunAsync("end()");
        Assert.Equal("a,b,c,first,third", await tabs[1].RunAsync<string>("await going; return await value('SELECT group_concat(content) FROM t')"));
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_wait_to_open_can_be_cancelled(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[0].RunAsync(BeginEndlessTransaction);
        Failure failure = await tabs[1].RunAsync<Failure>("""
            await db.close();
            const controller = new AbortController();
            const opening = storage.open(at('shared.db'), { signal: controller.signal });
            setTimeout(() => controller.abort(), 100);
            return await fail(opening);
            """);
        Assert.Equal("AbortError", failure.Kind);
        // The time-out is 15 s.
        Assert.InRange(failure.After, 90, 10_000);
        await CloseAsync(tabs[0]);
        Assert.Equal(3, await tabs[1].RunAsync<int>("await open(); return await value('SELECT count(*) FROM t')"));
    }
}
