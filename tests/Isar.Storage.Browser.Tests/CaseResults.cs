using System.Reflection;
using System.Text.Json;
using Isar.Storage.Cases;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>The cases of an assembly, which is read here and run in a browser: what became of each. They run once, before the first test.</summary>
public abstract class CaseResults : IAsyncLifetime
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly Dictionary<(string Suite, string Test), (string Outcome, string Detail)> _outcomes = [];
    private string? _failure;

    public virtual async Task InitializeAsync()
    {
        if (await RunAsync() is not { } run)
            return;
        _failure = run.GetProperty("failure").GetString();
        foreach (string[] result in run.GetProperty("results").Deserialize<string[][]>()!)
            _outcomes[(result[0], result[1])] = (result[2], result[3]);
    }

    public virtual Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Gets the cases of an assembly that are not skipped.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="prefixes">How the names of their classes begin; without any, those of all.</param>
    public static TheoryData<string, string> Read(Assembly assembly, params string[] prefixes)
    {
        var cases = new TheoryData<string, string>();
        foreach (Type type in assembly.GetExportedTypes()
            .Where(type => !type.IsAbstract && prefixes.DefaultIfEmpty("").Any(type.Name.StartsWith)))
        {
            foreach (SuiteCase test in SuiteCase.CasesOf(type).Where(test => test.Skip is null))
                cases.Add(type.Name, test.Name);
        }
        return cases;
    }

    /// <summary>Checks that nothing failed but cases.</summary>
    public void AssertNoFailure() => Assert.Equal("", _failure);

    /// <summary>Checks that a case passed.</summary>
    /// <returns>What it returned, if that is a text.</returns>
    public string AssertPassed(string suite, string test)
    {
        Assert.True(_outcomes.TryGetValue((suite, test), out (string Outcome, string Detail) result),
            $"{suite}.{test} was never reported. {_failure}");
        Assert.True(result.Outcome == "passed", $"{result.Outcome} in the browser: {result.Detail}");
        return result.Detail;
    }

    /// <summary>Runs the cases.</summary>
    /// <returns><c>{ results, failure }</c>, or <see langword="null"/> where there is no such browser.</returns>
    private protected abstract Task<JsonElement?> RunAsync();

    /// <summary>Runs the cases of a worker.</summary>
    /// <param name="tab">A page of the <see cref="TestSite"/>.</param>
    /// <param name="path">Under which path the site has the worker.</param>
    /// <param name="prefixes">How the names of their classes begin; without any, those of all.</param>
    private protected static Task<JsonElement> RunAsync(IBrowserTab tab, string path, params string[] prefixes) => tab.EvaluateAsync($$"""
        async () => {
          const { RawWorker } = await import('/test/helpers.mjs');
          const results = [];
          const raw = new RawWorker('{{path}}/isar-worker.js#{{string.Join(',', prefixes)}}');
          const failure = await new Promise(resolve => {
            raw.worker.onmessage = ({ data }) => {
              if (!Array.isArray(data)) resolve(JSON.stringify(data));
              else if (data.length === 0) resolve('');
              else results.push(data);
            };
            raw.worker.onerror = event => resolve(`${event.message}`);
            setTimeout(() => resolve('It had no more time.'), {{Patience.TotalMilliseconds}});
            raw.worker.postMessage({ id: 1, ...raw.hello({}) });
          });
          raw.worker.terminate();
          return { results, failure };
        }
        """, Patience + ChromiumBrowser.Patience);
}

/// <summary>The cases of a worker, which Chromium runs.</summary>
/// <param name="fixture">The browser.</param>
/// <param name="path">Under which path the <see cref="TestSite"/> has the worker.</param>
/// <param name="prefix">How the names of their classes begin.</param>
public abstract class ChromiumCaseResults(BrowserFixture fixture, string path, string prefix = "") : CaseResults
{
    private protected override async Task<JsonElement?> RunAsync()
    {
        IBrowserTab tab = await ((IDrivenBrowser)fixture.Browser).OpenAsync(fixture.Url);
        JsonElement run = await RunAsync(tab, path, prefix);
        await ((ChromiumTab)tab).Page.CloseAsync();
        return run;
    }
}

/// <summary>The cases of the worker of the conformance suites, which a browser of their own runs, where it is installed.</summary>
public abstract class OwnBrowserCaseResults(BrowserFixture site, params string[] prefixes) : CaseResults
{
    private readonly string _profile = Directory.CreateTempSubdirectory("isar-cases-").FullName;

    public override Task DisposeAsync()
    {
        Directory.Delete(_profile, recursive: true);
        return Task.CompletedTask;
    }

    private protected abstract Task<IDrivenBrowser?> StartAsync(string profile);

    private protected override async Task<JsonElement?> RunAsync()
    {
        await using IDrivenBrowser? browser = await StartAsync(_profile);
        if (browser is null)
            return null;
        JsonElement run = await RunAsync(await browser.OpenAsync(site.Url), "/cases", prefixes);
        await browser.CloseAsync();
        return run;
    }
}
