using System.Reflection;
using System.Text.Json;
using Isar.Storage.Browser.Tests.Worker;
using Isar.Storage.Cases;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>The cases of an assembly, which is read here and run in a browser: what became of each.</summary>
internal sealed class WorkerCases
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(30);

    private readonly Dictionary<(string Suite, string Test), (string Outcome, string Detail)> _outcomes = [];
    private string? _failure;

    private WorkerCases()
    {
    }

    /// <summary>Gets the cases of the worker's assembly that are not skipped.</summary>
    /// <param name="prefixes">How the names of their classes begin.</param>
    public static TheoryData<string, string> Read(params string[] prefixes) => Read(typeof(ProviderTests).Assembly, prefixes);

    /// <summary>Gets the cases of an assembly that are not skipped.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="prefixes">How the names of their classes begin.</param>
    public static TheoryData<string, string> Read(Assembly assembly, params string[] prefixes)
    {
        var cases = new TheoryData<string, string>();
        foreach (Type type in assembly.GetExportedTypes()
            .Where(type => !type.IsAbstract && prefixes.Any(type.Name.StartsWith)))
        {
            foreach (SuiteCase test in SuiteCase.CasesOf(type).Where(test => test.Skip is null))
                cases.Add(type.Name, test.Name);
        }
        return cases;
    }

    /// <summary>Runs those of the worker's assembly once, in one worker.</summary>
    /// <param name="evaluate">Calls a JavaScript function in a page of the <see cref="TestSite"/>.</param>
    /// <param name="prefixes">As for <see cref="Read(string[])"/>.</param>
    public static Task<WorkerCases> RunAsync(Func<string, TimeSpan, Task<JsonElement>> evaluate, params string[] prefixes) =>
        RunInAsync("/cases", evaluate, prefixes);

    /// <summary>Runs those of a worker that the <see cref="TestSite"/> serves under a path.</summary>
    /// <inheritdoc cref="RunAsync(Func{string, TimeSpan, Task{JsonElement}}, string[])"/>
    public static async Task<WorkerCases> RunInAsync(string path, Func<string, TimeSpan, Task<JsonElement>> evaluate, params string[] prefixes)
    {
        JsonElement run = await evaluate($$"""
            async () => {
              const { protocolVersion } = await import('/isar/isar-dotnet.js');
              const results = [];
              const worker = new Worker('{{path}}/isar-worker.js#{{string.Join(',', prefixes)}}', { type: 'module' });
              const failure = await new Promise(resolve => {
                worker.onmessage = ({ data }) => {
                  if (!Array.isArray(data)) resolve(JSON.stringify(data));
                  else if (data.length === 0) resolve('');
                  else results.push(data);
                };
                worker.onerror = event => resolve(`${event.message}`);
                setTimeout(() => resolve('It had no more time.'), {{_patience.TotalMilliseconds}});
                worker.postMessage({ id: 1, method: 'hello', protocol: protocolVersion(), options: {} });
              });
              worker.terminate();
              return { results, failure };
            }
            """, _patience + ChromiumBrowser.Patience);
        return Of(run);
    }

    /// <summary>Takes what a run gave: <c>{ results, failure }</c>.</summary>
    public static WorkerCases Of(JsonElement run)
    {
        var cases = new WorkerCases { _failure = run.GetProperty("failure").GetString() };
        foreach (string[] result in run.GetProperty("results").Deserialize<string[][]>()!)
            cases._outcomes[(result[0], result[1])] = (result[2], result[3]);
        return cases;
    }

    /// <summary>Runs them all once in a browser, and closes it.</summary>
    public static async Task<WorkerCases> RunAsync(IDrivenBrowser browser, string url, params string[] prefixes)
    {
        await using (browser)
        {
            IBrowserTab tab = await browser.OpenAsync(url);
            WorkerCases cases = await RunAsync((function, patience) => tab.EvaluateAsync(function, patience), prefixes);
            await browser.CloseAsync();
            return cases;
        }
    }

    public void AssertNoFailure() => Assert.Equal("", _failure);

    /// <returns>What the case returned, if it is a text.</returns>
    public string AssertPassed(string suite, string test)
    {
        Assert.True(_outcomes.TryGetValue((suite, test), out (string Outcome, string Detail) result),
            $"{suite}.{test} was never reported. {_failure}");
        Assert.True(result.Outcome == "passed", $"{result.Outcome} in the browser: {result.Detail}");
        return result.Detail;
    }
}
