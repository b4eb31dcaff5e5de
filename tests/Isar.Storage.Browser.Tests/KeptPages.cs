using System.Collections.Concurrent;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>Pages with running workers, which the tests of a class take one after another.</summary>
public sealed class KeptPages(BrowserFixture fixture) : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, TestPage> _pages = [];
    private int _tests;

    /// <summary>Gets the directory of all of them.</summary>
    internal string StorageDirectory { get; } = $"class-{Guid.NewGuid():N}";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (TestPage page in _pages.Values.Where(page => !page.Page.IsClosed))
            await page.Page.CloseAsync();
    }

    /// <summary>Makes the beginning of names that no other test has.</summary>
    internal string NewPrefix() => $"{++_tests}/";

    /// <summary>Gets a page whose worker runs: a new one when there is none yet, or when a test has closed it or failed in it.</summary>
    /// <param name="backend">The backend of its storage.</param>
    /// <param name="prefix">How the names of the test's databases begin.</param>
    /// <param name="number">Which one of several.</param>
    /// <param name="options">The options of its storage; without any it starts none.</param>
    /// <param name="path">The page of the <see cref="TestSite"/>.</param>
    internal async Task<TestPage> TakeAsync(string backend, string prefix, int number, string? options, string path)
    {
        string key = $"{backend} {number} {options} {path}";
        if (_pages.TryGetValue(key, out TestPage? page) && !page.Page.IsClosed)
        {
            if (!page.HasFailed)
            {
                await page.PassOnAsync(prefix);
                return page;
            }
            await page.Page.CloseAsync();
        }
        page = await TestPage.OpenAsync(fixture.Browser, fixture.Url + path, backend, StorageDirectory, prefix);
        _pages[key] = page;
        if (options is not null)
            await page.RunAsync($"await start({options})");
        return page;
    }
}
