using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>Shows what the cases that run inside the worker gave: one test for each.</summary>
[Collection(BrowserTests.Name)]
public sealed class WorkerCaseTests(WorkerCaseTests.Results results) : IClassFixture<WorkerCaseTests.Results>
{
    private const string AllClasses = "";

    public static TheoryData<string, string> Cases { get; } = WorkerCases.Read(AllClasses);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_in_the_browser(string suite, string test) => results.Cases!.AssertPassed(suite, test);

    /// <summary>Runs all cases once.</summary>
    public sealed class Results(BrowserFixture browser) : IAsyncLifetime
    {
        internal WorkerCases? Cases { get; private set; }

        public async Task InitializeAsync()
        {
            IPage page = await browser.OpenPageAsync();
            Cases = await WorkerCases.RunAsync((function, patience) => page.EvaluateAsync<JsonElement>(function).WaitAsync(patience), AllClasses);
            await page.CloseAsync();
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
