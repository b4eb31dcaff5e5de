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

    public static TheoryData<string, string> Cases { get; } = WorkerCases.Read(_prefixes);

    [FirefoxTheory]
    [MemberData(nameof(Cases))]
    public void Passes_in_Firefox(string suite, string test) => results.Cases!.AssertPassed(suite, test);

    /// <summary>Runs the cases once.</summary>
    public sealed class Results(BrowserFixture site) : IAsyncLifetime
    {
        private readonly string _profile = Directory.CreateTempSubdirectory("isar-firefox-").FullName;

        internal WorkerCases? Cases { get; private set; }

        public async Task InitializeAsync()
        {
            if (FirefoxBrowser.Missing is null)
                Cases = await WorkerCases.RunAsync(await FirefoxBrowser.StartAsync(_profile), site.Url, _prefixes);
        }

        public Task DisposeAsync()
        {
            Directory.Delete(_profile, recursive: true);
            return Task.CompletedTask;
        }
    }
}
