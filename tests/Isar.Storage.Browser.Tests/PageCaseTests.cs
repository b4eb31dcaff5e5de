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
    public static TheoryData<string, string> Cases { get; } = CaseResults.Read(typeof(DapperTests).Assembly);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_on_a_page(string suite, string test) => results.AssertPassed(suite, test);

    /// <summary>An error in a callback, such as of progress, is no call's error.</summary>
    [Fact]
    public void The_page_ends_without_an_error_that_nobody_caught() => results.AssertNoFailure();

    public sealed class Results(BrowserFixture browser) : CaseResults
    {
        private protected override async Task<JsonElement?> RunAsync()
        {
            IPage page = await browser.Browser.OpenPageAsync(browser.Url + "page/index.html#");
            JsonElement run = await page.EvaluateAsync<JsonElement>("() => globalThis.cases").WaitAsync(Patience);
            await page.CloseAsync();
            return run;
        }
    }
}
