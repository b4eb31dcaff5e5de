using Isar.Storage.Browser.Tests.Worker.Conformance;
using Isar.Storage.Conformance;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>Shows what the cases that run inside the worker gave: one test for each.</summary>
[Collection(BrowserTests.Name)]
public sealed class WorkerCaseTests(WorkerCaseTests.Results results) : IClassFixture<WorkerCaseTests.Results>
{
    /// <summary>The cases of the worker's assembly, which is read here and run there.</summary>
    public static TheoryData<string, string> Cases { get; } = ReadCases();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_in_the_browser(string suite, string test)
    {
        Assert.True(results.Outcomes.TryGetValue((suite, test), out (string Outcome, string Detail) result),
            $"The worker never reported {suite}.{test}. {results.Failure}");
        Assert.True(result.Outcome == "passed", $"{result.Outcome} in the browser: {result.Detail}");
    }

    private static TheoryData<string, string> ReadCases()
    {
        var cases = new TheoryData<string, string>();
        foreach (Type type in typeof(OpfsUnderTest).Assembly.GetExportedTypes().Where(type => !type.IsAbstract))
        {
            foreach (SuiteCase test in SuiteCase.CasesOf(type).Where(test => test.Skip is null))
                cases.Add(type.Name, test.Name);
        }
        return cases;
    }

    /// <summary>Runs all cases once, in one worker.</summary>
    public sealed class Results(BrowserFixture browser) : IAsyncLifetime
    {
        private static readonly TimeSpan _patience = TimeSpan.FromMinutes(8);

        public Dictionary<(string Suite, string Test), (string Outcome, string Detail)> Outcomes { get; } = [];

        public string? Failure { get; private set; }

        public async Task InitializeAsync()
        {
            IPage page = await browser.OpenPageAsync();
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await page.ExposeFunctionAsync("report", (string[] result) =>
            {
                if (result.Length == 0)
                    ended.TrySetResult();
                else
                    Outcomes[(result[0], result[1])] = (result[2], result[3]);
            });
            await page.ExposeFunctionAsync("fail", (string message) =>
            {
                Failure = message;
                ended.TrySetResult();
            });
            await page.EvaluateAsync("""
                () => {
                  const worker = new Worker('/cases/isar-worker.js', { type: 'module' });
                  worker.onmessage = event => Array.isArray(event.data) ? report(event.data) : fail(JSON.stringify(event.data));
                  worker.onerror = event => fail(`${event.message}`);
                  worker.postMessage({ id: 1, method: 'hello', protocol: 2, options: {} });
                }
                """);
            await ended.Task.WaitAsync(_patience);
            await page.CloseAsync();
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
