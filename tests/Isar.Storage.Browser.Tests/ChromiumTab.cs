using System.Text.Json;
using Microsoft.Playwright;

namespace Isar.Storage.Browser.Tests;

/// <summary>A tab of Chromium, which Playwright drives.</summary>
internal sealed class ChromiumTab(IPage page) : IBrowserTab
{
    public IPage Page => page;

    public Task ReloadAsync() => page.ReloadAsync();

    public async Task<JsonElement> EvaluateAsync(string function, TimeSpan? patience)
    {
        string json = await page.EvaluateAsync<string>($"async () => JSON.stringify(await ({function})() ?? null)")
            .WaitAsync(patience ?? ChromiumBrowser.Patience);
        return JsonSerializer.Deserialize<JsonElement>(json);
    }
}
