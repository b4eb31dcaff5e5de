using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// What tests in pages have: pages that use a directory of the test's own and are closed at its end. A page that uses storage starts a worker,
/// which takes about a second. Tests of what has nothing to do with that take running ones, see <see cref="KeptPageTests"/>.
/// </summary>
public abstract class PageTests(BrowserFixture fixture, ITestOutputHelper output) : IAsyncLifetime
{
    private readonly List<TestPage> _pages = [];
    private string? _profile;

    protected BrowserFixture Fixture => fixture;

    protected ITestOutputHelper Output => output;

    /// <summary>Gets the profile of the browsers that the test starts itself.</summary>
    protected string Profile => _profile ??= Directory.CreateTempSubdirectory("isar-profile-").FullName;

    /// <summary>Gets the directory of the test's storage.</summary>
    private protected virtual string StorageDirectory { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>Gets how the names of the test's databases begin.</summary>
    private protected virtual string Prefix => "";

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (TestPage page in _pages)
            await CloseAsync(page);
        if (_profile is not null)
            Directory.Delete(_profile, recursive: true);
    }

    /// <summary>Opens a page.</summary>
    /// <param name="backend">The backend of its storage.</param>
    /// <param name="path">The page of the <see cref="TestSite"/>.</param>
    private protected async Task<TestPage> OpenAsync(string backend = "opfs", string path = "")
    {
        TestPage page = await OpenAsync(fixture.Browser, backend, path);
        lock (_pages)
            _pages.Add(page);
        return page;
    }

    /// <summary>Opens a page of a browser that the test has started, and which it ends.</summary>
    /// <inheritdoc cref="OpenAsync(string, string)"/>
    private protected Task<TestPage> OpenAsync(IDrivenBrowser browser, string backend = "opfs", string path = "") =>
        TestPage.OpenAsync(browser, fixture.Url + path, backend, StorageDirectory, Prefix);

    /// <summary>Opens pages at the same time.</summary>
    private protected Task<TestPage[]> OpenAsync(string backend, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => OpenAsync(backend)));

    /// <summary>Opens pages, starts their workers and opens <c>shared.db</c> in each, which has the table <c>t</c> with some rows.</summary>
    private protected async Task<TestPage[]> OpenSharedAsync(string backend, int count = 2, string options = "{}")
    {
        TestPage[] pages = await OpenAsync(backend, count);
        await ShareAsync(pages, options);
        return pages;
    }

    private protected static async Task ShareAsync(TestPage[] pages, string options = "")
    {
        await Task.WhenAll(pages.Select(page => page.RunAsync($"await open({options})")));
        await pages[0].RunAsync(CreateTable);
    }

    protected const string CreateTable = """
        await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, content TEXT NOT NULL); INSERT INTO t (content) VALUES ('a'), ('b'), ('c')");
        """;

    private protected static Task CloseAsync(TestPage page) => page.Page.IsClosed ? Task.CompletedTask : page.Page.CloseAsync();

    /// <summary>Gets the source of what is random, and prints the seed, which ISAR_STORAGE_SEED gives again.</summary>
    protected Random CreateRandom()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("ISAR_STORAGE_SEED"), out int given) ? given : Random.Shared.Next();
        output.WriteLine($"ISAR_STORAGE_SEED={seed}");
        return new Random(seed);
    }

    /// <summary>What the helper <c>fail</c> returns: an error as the page saw it, and after how many milliseconds.</summary>
    private protected sealed record Failure(string Kind, int Code, int ExtendedCode, string Message, double After);
}
