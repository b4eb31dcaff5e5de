using System.Diagnostics;
using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>The tab that has the database dies in a transaction that is partly in the storage already; the one that waits goes on.</summary>
[Collection(BrowserTests.Name)]
public sealed class DyingHolderTests(BrowserFixture fixture, ITestOutputHelper output) : PageTests(fixture, output)
{
    private static readonly string[] _backends = ["opfs", "indexeddb"];

    private static readonly string[] _deaths = ["stopped worker", "closed tab", "crashed renderer"];

    private static readonly int _repetitions = TestRun.IsLong ? 60 : 15;

    [Fact]
    public async Task Whoever_waits_goes_on_and_the_half_done_transaction_is_gone()
    {
        Random random = CreateRandom();
        var times = new Dictionary<string, List<double>>();
        Dictionary<string, TestPage> waiting = [];
        foreach (string backend in _backends)
        {
            waiting[backend] = await OpenAsync(backend);
            await waiting[backend].RunAsync("""
                await open();
                await db.exec('CREATE TABLE entries (kind TEXT NOT NULL, content TEXT NOT NULL)');
                await db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 200)
                  INSERT INTO entries SELECT 'kept', hex(randomblob(300)) FROM c`);
                """);
        }
        for (int repetition = 0; repetition < _repetitions; repetition++)
        {
            string backend = _backends[repetition % _backends.Length];
            string death = _deaths[repetition % _deaths.Length];
            int rows = random.Next(0, 400);
            string what = $"repetition {repetition}: {death}, {backend}, after {rows} rows";
            double seconds = (await KillAsync(waiting[backend], backend, death, rows, what)).TotalSeconds;
            Output.WriteLine($"{what}: {seconds:0.000} s");
            (times.TryGetValue(death, out List<double>? known) ? known : times[death] = []).Add(seconds);
        }
        foreach ((string death, List<double> measured) in times)
        {
            Output.WriteLine(
                $"Measured: from the death of the holder ({death}) to the answer: {measured.Min():0.000} to {measured.Max():0.000} s, "
                + $"{measured.Count} times");
        }
    }

    private async Task<TimeSpan> KillAsync(TestPage waiting, string backend, string death, int rows, string what)
    {
        TestPage holder = await OpenAsync(backend);
        await holder.RunAsync("""
            await open();
            await db.query('PRAGMA cache_size = 5');
            globalThis.rows = -1;
            go(db.transaction(async tx => {
              await tx.exec("UPDATE entries SET kind = 'changed', content = content || 'x'");
              await tx.exec("DELETE FROM entries WHERE rowid % 3 = 0");
              for (rows = 0; rows < 400; rows++) await tx.exec("INSERT INTO entries VALUES ('new', ?)", ['z'.repeat(900)]);
              await new Promise(() => {});
            }));
            """);
        await holder.RunAsync($"await until(() => rows >= {rows})");
        await waiting.RunAsync("""
            globalThis.answered = undefined;
            go(db.query('SELECT kind, count(*) AS count FROM entries GROUP BY kind').then(rows => answered = JSON.stringify(rows)));
            """);
        // So that it does wait: its request is with its worker, which has an answer to this one.
        await waiting.RunAsync("await storage.diagnostics(); assertEqual(answered, undefined, 'What came without waiting')");
        var watch = Stopwatch.StartNew();
        await DieAsync(holder, death);
        string answer = await waiting.RunAsync<string>("await going; return answered");
        TimeSpan elapsed = watch.Elapsed;
        Assert.True(answer == """[{"kind":"kept","count":200}]""", $"{what}: {answer}");
        Assert.Equal("ok", await waiting.RunAsync<string>("return await value('PRAGMA integrity_check')"));
        await CloseAsync(holder);
        return elapsed;
    }

    private static async Task DieAsync(TestPage holder, string death)
    {
        switch (death)
        {
            case "stopped worker":
                await holder.RunAsync("storage.stop()");
                break;
            case "closed tab":
                await holder.Page.CloseAsync();
                break;
            default:
                var crashed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                holder.Page.Crash += (_, _) => crashed.TrySetResult();
                ICDPSession devTools = await holder.Page.Context.NewCDPSessionAsync(holder.Page);
                // It never answers: nobody is left to.
                _ = devTools.SendAsync("Page.crash");
                await crashed.Task.WaitAsync(ChromiumBrowser.Patience);
                break;
        }
    }
}
