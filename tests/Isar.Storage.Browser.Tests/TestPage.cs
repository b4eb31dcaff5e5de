using System.Text.Json;
using Microsoft.Playwright;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// A page of any browser, whose scripts have the client and the functions of <c>wwwroot/helpers.mjs</c>. The pages of a test have one
/// directory and one backend, unless it wants something else.
/// </summary>
internal sealed class TestPage
{
    private readonly IBrowserTab _tab;
    private readonly string _directory;
    private string _prefix;

    private TestPage(IBrowserTab tab, string backend, string directory, string prefix)
    {
        _tab = tab;
        Backend = backend;
        _directory = $"{directory}-{backend}";
        _prefix = prefix;
    }

    /// <summary>Gets the backend that its storage has when it starts one with the helpers.</summary>
    public string Backend { get; }

    /// <summary>Gets the page as Playwright has it, in Chromium.</summary>
    public IPage Page => ((ChromiumTab)_tab).Page;

    /// <summary>Gets whether a script has failed in it, so that nobody knows what still goes on there.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Opens a page.</summary>
    /// <param name="browser">Where.</param>
    /// <param name="url">A page of the <see cref="TestSite"/>.</param>
    /// <param name="backend">The backend of the storage that the page starts.</param>
    /// <param name="directory">The directory of that storage, to which the name of the backend is added.</param>
    /// <param name="prefix">How the names of the test's databases begin.</param>
    public static async Task<TestPage> OpenAsync(IDrivenBrowser browser, string url, string backend, string directory, string prefix = "")
    {
        var page = new TestPage(await browser.OpenAsync(url), backend, directory, prefix);
        await page.SetUpAsync();
        return page;
    }

    /// <summary>Runs the body of an asynchronous function in the page.</summary>
    public Task RunAsync(string body, TimeSpan? patience = null) => EvaluateAsync(body, patience);

    /// <summary>Runs the body of an asynchronous function in the page, and returns what it returns.</summary>
    public async Task<T> RunAsync<T>(string body, TimeSpan? patience = null) =>
        (await EvaluateAsync(body, patience)).Deserialize<T>(JsonSerializerOptions.Web)!;

    /// <summary>Reloads the page as the browser's button does. The worker of the old page may still run for some time afterwards.</summary>
    public async Task ReloadAsync()
    {
        await _tab.ReloadAsync();
        await SetUpAsync();
    }

    /// <summary>Makes the client and the helpers known to the page that is loaded now.</summary>
    public Task SetUpAsync() => EvaluateAsync($$"""
        Object.assign(globalThis, await import('/isar/isar-client.js'), await import('/test/helpers.mjs'), {
          backend: {{JsonSerializer.Serialize(Backend)}},
          directory: {{JsonSerializer.Serialize(_directory)}},
          prefix: {{JsonSerializer.Serialize(_prefix)}},
        });
        """);

    /// <summary>Lets another test use the page, with its worker, and databases whose names begin otherwise.</summary>
    public Task PassOnAsync(string prefix)
    {
        _prefix = prefix;
        return EvaluateAsync($"Object.assign(globalThis, {{ prefix: {JsonSerializer.Serialize(prefix)}, db: undefined, going: undefined }});");
    }

    private async Task<JsonElement> EvaluateAsync(string body, TimeSpan? patience = null)
    {
        try
        {
            return await _tab.EvaluateAsync($"async () => {{ {body} }}", patience);
        }
        catch
        {
            HasFailed = true;
            throw;
        }
    }
}
