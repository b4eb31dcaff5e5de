using Isar.Storage.Browser.Tests.Worker;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// The same in WebKitGTK, for the storage that it has.
/// </summary>
[Collection(OwnBrowserTests.Name)]
public sealed class WebKitCaseTests(WebKitCaseTests.Results results) : IClassFixture<WebKitCaseTests.Results>
{
    private static readonly string[] _prefixes = ["IndexedDb"];

    public static TheoryData<string, string> Cases { get; } = CaseResults.Read(typeof(ProviderTests).Assembly, _prefixes);

    [WebKitTheory]
    [MemberData(nameof(Cases))]
    public void Passes_in_WebKit(string suite, string test) => results.AssertPassed(suite, test);

    public sealed class Results(BrowserFixture site) : OwnBrowserCaseResults(site, _prefixes)
    {
        private protected override async Task<IDrivenBrowser?> StartAsync(string profile) =>
            WebKitBrowser.Missing is null ? await WebKitBrowser.StartAsync(profile) : null;
    }
}
