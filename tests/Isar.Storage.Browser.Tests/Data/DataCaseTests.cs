using System.Text.Json;
using Isar.Storage.Browser.Tests.DataWorker;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>
/// Shows what Microsoft.Data.Sqlite, Dapper and EF Core gave in a worker that is fully trimmed; the same cases run natively. One test for
/// each.
/// </summary>
[Collection(DataTests.Name)]
public sealed class DataCaseTests(DataCaseTests.Results results) : IClassFixture<DataCaseTests.Results>
{
    private const string AllClasses = "";

    public static TheoryData<string, string> Cases { get; } = WorkerCases.Read(typeof(OpfsSqliteTests).Assembly, AllClasses);

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
            Cases = await WorkerCases.RunInAsync(
                "/data", (function, patience) => page.EvaluateAsync<JsonElement>(function).WaitAsync(patience), AllClasses);
            await page.CloseAsync();
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
