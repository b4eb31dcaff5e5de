using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>What all tests with several tabs have: tabs in a directory of the test's own, closed at its end.</summary>
public abstract class TabsTestBase(BrowserFixture fixture, ITestOutputHelper output) : IAsyncLifetime
{
    private readonly string _directory = $"tabs-{Guid.NewGuid():N}";
    private readonly List<Tab> _tabs = [];

    /// <summary>Gets whether what is random is to be repeated more often than usual.</summary>
    protected static bool IsLong { get; } = Environment.GetEnvironmentVariable("ISAR_STORAGE_LONG") is { Length: > 0 };

    protected BrowserFixture Fixture => fixture;

    protected ITestOutputHelper Output => output;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (Tab tab in _tabs)
            await CloseAsync(tab);
    }

    /// <summary>Opens tabs of Chromium at the same time.</summary>
    private protected Task<Tab[]> OpenTabsAsync(string backend, int count = 2) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => OpenTabAsync(backend)));

    private protected async Task<Tab> OpenTabAsync(string backend, string page = "")
    {
        Tab tab = await Tab.OpenAsync(fixture.Browser, fixture.Url + page, backend, _directory);
        lock (_tabs)
            _tabs.Add(tab);
        return tab;
    }

    /// <summary>Starts the workers of tabs and opens <c>shared.db</c> in each, which has the table <c>t</c> with some rows.</summary>
    private protected async Task<Tab[]> OpenSharedAsync(string backend, int count = 2, string options = "{}")
    {
        Tab[] tabs = await OpenTabsAsync(backend, count);
        await Task.WhenAll(tabs.Select(tab => tab.RunAsync($"await open({options})")));
        await tabs[0].RunAsync(CreateTable);
        return tabs;
    }

    protected const string CreateTable = """
        await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, content TEXT NOT NULL); INSERT INTO t (content) VALUES ('a'), ('b'), ('c')");
        """;

    private protected static Task CloseAsync(Tab tab) => tab.Page!.IsClosed ? Task.CompletedTask : tab.Page.CloseAsync();

    /// <summary>Gets the source of what is random, and prints the seed, which ISAR_STORAGE_SEED gives again.</summary>
    protected Random CreateRandom()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("ISAR_STORAGE_SEED"), out int given) ? given : Random.Shared.Next();
        output.WriteLine($"ISAR_STORAGE_SEED={seed}");
        return new Random(seed);
    }

    /// <summary>Runs something in a Firefox of its own.</summary>
    private protected async Task InFirefoxAsync(string backend, Func<Func<Task<Tab>>, Task> use)
    {
        string profile = Directory.CreateTempSubdirectory("isar-tabs-").FullName;
        try
        {
            await using FirefoxBrowser browser = await FirefoxBrowser.StartAsync(profile);
            await use(() => Tab.OpenAsync(browser, fixture.Url, backend, _directory));
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }

    /// <summary>An error as the page saw it, and after how many milliseconds.</summary>
    private protected sealed record Failure(string Kind, string Message, double After);
}
