using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>One server and one browser for the tests that do not end it. Each test takes a tab and a directory of its own.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private readonly string _profile = Directory.CreateTempSubdirectory("isar-browser-").FullName;
    private ChromiumBrowser? _browser;
    private TestSite? _site;

    /// <summary>Gets the address of the <see cref="TestSite"/>, which is that of its empty page.</summary>
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

    internal TestSite Site => _site!;

    /// <summary>Gets the browser.</summary>
    internal ChromiumBrowser Browser => _browser!;
}

/// <summary>The tests that share the fixture; they run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<BrowserFixture>
{
    public const string Name = "browser";
}
