using System.Text.Json;
using Isar.Storage.Browser.Tests.Data;
using Isar.Storage.Browser.Tests.Page;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>Shows what the cases that run on a plain page in .NET, with the C# client, gave: one test for each.</summary>
[Collection(DataTests.Name)]
public sealed class PageCaseTests(PageCaseTests.Results results) : IClassFixture<PageCaseTests.Results>
{
    private const string AllClasses = "";

    public static TheoryData<string, string> Cases { get; } = WorkerCases.Read(typeof(DapperTests).Assembly, AllClasses);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_on_a_page(string suite, string test) => results.Cases!.AssertPassed(suite, test);

    /// <summary>An error in a callback, such as of progress, is no call's error.</summary>
    [Fact]
    public void The_page_ends_without_an_error_that_nobody_caught() => results.Cases!.AssertNoFailure();

    /// <summary>Runs all cases once.</summary>
    public sealed class Results(BrowserFixture browser) : IAsyncLifetime
    {
        private static readonly TimeSpan _patience = TimeSpan.FromMinutes(30);

        internal WorkerCases? Cases { get; private set; }

        public async Task InitializeAsync()
        {
            IPage page = await browser.OpenPageAsync();
            await page.GotoAsync(browser.Url + "page/index.html#" + AllClasses);
            Cases = WorkerCases.Of(await page.EvaluateAsync<JsonElement>("() => globalThis.cases").WaitAsync(_patience));
            await page.CloseAsync();
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
