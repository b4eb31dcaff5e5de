using Isar.Storage.Browser.Tests.DataWorker;
using Xunit;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>
/// Shows what Microsoft.Data.Sqlite, Dapper and EF Core gave in a worker that is fully trimmed; the same cases run natively. One test for
/// each.
/// </summary>
[Collection(DataTests.Name)]
public sealed class DataCaseTests(DataCaseTests.Results results) : IClassFixture<DataCaseTests.Results>
{
    public static TheoryData<string, string> Cases { get; } = CaseResults.Read(typeof(OpfsSqliteTests).Assembly);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes_in_the_browser(string suite, string test) => results.AssertPassed(suite, test);

    public sealed class Results(BrowserFixture browser) : ChromiumCaseResults(browser, "/data");
}
