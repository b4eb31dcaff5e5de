using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What tests of the Notes sample have: its site, and a profile of the test's own for the browsers that it starts.</summary>
public abstract class OwnNotesTests(NotesSite site) : IAsyncLifetime, IClassFixture<NotesSite>
{
    private readonly List<IDrivenBrowser> _browsers = [];

    protected NotesSite Site => site;

    protected string Profile { get; } = Directory.CreateTempSubdirectory("isar-notes-").FullName;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (IDrivenBrowser browser in _browsers)
            await browser.DisposeAsync();
        Directory.Delete(Profile, recursive: true);
    }

    /// <summary>Ends a browser with the test.</summary>
    private protected T Use<T>(T browser)
        where T : IDrivenBrowser
    {
        _browsers.Add(browser);
        return browser;
    }

    private protected async Task<ChromiumBrowser> StartChromiumAsync() => Use(await ChromiumBrowser.StartAsync(Profile));
}
