using Isar.Storage.Browser.Tests.Worker;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// The same in Firefox, whose storage behaves unlike Chromium's. What is about the SQLite provider alone is not repeated: the module is
/// the same one.
/// </summary>
[Collection(OwnBrowserTests.Name)]
public sealed class FirefoxCaseTests(FirefoxCaseTests.Results results) : IClassFixture<FirefoxCaseTests.Results>
{
    private static readonly string[] _prefixes = ["Opfs", "IndexedDb"];

    public static TheoryData<string, string> Cases { get; } = CaseResults.Read(typeof(ProviderTests).Assembly, _prefixes);

    [FirefoxTheory]
    [MemberData(nameof(Cases))]
    public void Passes_in_Firefox(string suite, string test) => results.AssertPassed(suite, test);

    public sealed class Results(BrowserFixture site) : OwnBrowserCaseResults(site, _prefixes)
    {
        private protected override async Task<IDrivenBrowser?> StartAsync(string profile) =>
            FirefoxBrowser.Missing is null ? await FirefoxBrowser.StartAsync(profile) : null;
    }
}
