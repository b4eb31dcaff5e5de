using System.Text.Json;
using Microsoft.Playwright;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>A tab of any browser whose page has the client and <see cref="Helpers"/>; all tabs of a test use one directory and one backend.</summary>
internal sealed class Tab
{
    /// <summary>Functions for the pages. What goes on without being awaited is kept in <c>going</c>, and so never an unhandled rejection.</summary>
    private const string Helpers = """
        globalThis.startAnother = options => IsarStorage.start({ directory, candidates: [backend], ...options });
        globalThis.start = async options => globalThis.storage = await startAnother(options);
        globalThis.open = async options => {
          await start(options);
          globalThis.db = await storage.open('shared.db');
        };
        globalThis.go = promise => {
          globalThis.going = promise;
          promise.catch(() => {});
        };
        globalThis.fail = async promise => {
          const began = performance.now();
          const error = await promise.then(() => undefined, error => error);
          if (error === undefined) throw new Error('It did not fail.');
          return { kind: error.kind ?? error.name, message: error.message, after: performance.now() - began };
        };
        globalThis.until = async condition => {
          while (!condition()) await new Promise(resolve => setTimeout(resolve, 1));
        };
        globalThis.endless = connection => new Promise((began, failed) => go(connection.transaction(async tx => {
          await tx.exec('UPDATE t SET content = content');
          began();
          await new Promise(end => globalThis.end = end);
        }).catch(error => { failed(error); throw error; })));
        globalThis.value = async (sql, connection = db) => Object.values((await connection.query(sql))[0])[0];
        """;

    private readonly IBrowserTab _tab;
    private readonly string _setUp;

    private Tab(IBrowserTab tab, IPage? page, string backend, string directory)
    {
        _tab = tab;
        Page = page;
        _setUp = $$"""
            Object.assign(globalThis, await import('/isar/isar-client.js'), { backend: '{{backend}}', directory: '{{directory}}-{{backend}}' });
            {{Helpers}}
            """;
    }

    /// <summary>Gets the page, where Playwright drives it.</summary>
    public IPage? Page { get; }

    public static async Task<Tab> OpenAsync(ChromiumBrowser browser, string url, string backend, string directory)
    {
        IPage page = await browser.OpenAsync(url);
        var tab = new Tab(new ChromiumTab(page), page, backend, directory);
        await tab.SetUpAsync();
        return tab;
    }

    public static async Task<Tab> OpenAsync(IDrivenBrowser browser, string url, string backend, string directory)
    {
        var tab = new Tab(await browser.OpenAsync(url), page: null, backend, directory);
        await tab.SetUpAsync();
        return tab;
    }

    /// <summary>Runs the body of an asynchronous function in the page.</summary>
    public Task RunAsync(string body, TimeSpan? patience = null) => EvaluateAsync(body, patience);

    /// <summary>Runs the body of an asynchronous function in the page, and returns what it returns.</summary>
    public async Task<T> RunAsync<T>(string body, TimeSpan? patience = null) =>
        (await EvaluateAsync(body, patience)).Deserialize<T>(JsonSerializerOptions.Web)!;

    /// <summary>Does what the user's button does; the old page's worker ends whenever the browser gets to it.</summary>
    public async Task ReloadAsync()
    {
        await _tab.ReloadAsync();
        await SetUpAsync();
    }

    /// <summary>Makes the client and the helpers known to the page that is loaded now.</summary>
    public Task SetUpAsync() => EvaluateAsync(_setUp, patience: null);

    private Task<JsonElement> EvaluateAsync(string body, TimeSpan? patience) => _tab.EvaluateAsync($"async () => {{ {body} }}", patience);

    /// <summary>A tab of Chromium, as tests see it that run in several browsers.</summary>
    private sealed class ChromiumTab(IPage page) : IBrowserTab
    {
        public Task ReloadAsync() => page.ReloadAsync();

        public async Task<JsonElement> EvaluateAsync(string function, TimeSpan? patience)
        {
            string json = await page.EvaluateAsync<string>($"async () => JSON.stringify(await ({function})() ?? null)")
                .WaitAsync(patience ?? ChromiumBrowser.Patience);
            return JsonSerializer.Deserialize<JsonElement>(json);
        }
    }
}
