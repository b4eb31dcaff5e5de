using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// The same in WebKitGTK, for the storage that it has.
/// </summary>
[Collection(OwnBrowserTests.Name)]
public sealed class WebKitCaseTests(WebKitCaseTests.Results results) : IClassFixture<WebKitCaseTests.Results>
{
    private static readonly string[] _prefixes = ["IndexedDb"];

    public static TheoryData<string, string> Cases { get; } = WorkerCases.Read(_prefixes);

    [WebKitTheory]
    [MemberData(nameof(Cases))]
    public void Passes_in_WebKit(string suite, string test) => results.Cases!.AssertPassed(suite, test);

    /// <summary>Runs the cases once.</summary>
    public sealed class Results(BrowserFixture site) : IAsyncLifetime
    {
        private readonly string _profile = Directory.CreateTempSubdirectory("isar-webkit-").FullName;

        internal WorkerCases? Cases { get; private set; }

        public async Task InitializeAsync()
        {
            if (WebKitBrowser.Missing is null)
                Cases = await WorkerCases.RunAsync(await WebKitBrowser.StartAsync(_profile), site.Url, _prefixes);
        }

        public Task DisposeAsync()
        {
            Directory.Delete(_profile, recursive: true);
            return Task.CompletedTask;
        }
    }
}
