using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>One server and one browser for the tests that do not end it. Each test takes a tab and a directory of its own.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private readonly string _profile = Directory.CreateTempSubdirectory("isar-browser-").FullName;
    private ChromiumBrowser? _browser;
    private TestSite? _site;

    /// <summary>Gets the address of the empty page.</summary>
    public string Url => _site!.Url;

    public async Task InitializeAsync()
    {
        _site = await TestSite.StartAsync();
        _browser = await ChromiumBrowser.StartAsync(_profile);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        if (_site is not null)
            await _site.DisposeAsync();
        Directory.Delete(_profile, recursive: true);
    }

    /// <summary>Gets the browser.</summary>
    internal ChromiumBrowser Browser => _browser!;

    /// <summary>Opens a tab with the client as <c>IsarStorage</c>.</summary>
    public Task<IPage> OpenPageAsync() => OpenPageAsync(Browser);

    /// <summary>Opens a tab of another browser with the client as <c>IsarStorage</c>.</summary>
    internal async Task<IPage> OpenPageAsync(ChromiumBrowser browser)
    {
        IPage page = await browser.OpenAsync(Url);
        await page.EvaluateAsync("async () => { Object.assign(globalThis, await import('/isar/isar-client.js')); }");
        return page;
    }
}

/// <summary>The tests that share the fixture; they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<BrowserFixture>
{
    public const string Name = "browser";
}
