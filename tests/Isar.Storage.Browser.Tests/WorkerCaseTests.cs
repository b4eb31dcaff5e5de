using Isar.Storage.Browser.Tests.Worker;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>Shows what the cases that run inside the worker gave: one test for each.</summary>
[Collection(BrowserTests.Name)]
public sealed class WorkerCaseTests(WorkerCaseTests.Results results) : IClassFixture<WorkerCaseTests.Results>
{
    public static TheoryData<string, string> Cases { get; } = CaseResults.Read(typeof(ProviderTests).Assembly);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_in_the_browser(string suite, string test) => results.AssertPassed(suite, test);

    public sealed class Results(BrowserFixture browser) : ChromiumCaseResults(browser, "/cases");
}
