using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>The OwnWorker sample as a person uses it.</summary>
[Collection(DataTests.Name)]
public sealed class OwnWorkerTests(BrowserFixture browser)
{
    [Fact]
    public async Task Books_are_added_found_and_outlive_a_reload()
    {
        IPage page = await browser.Browser.OpenPageAsync(browser.Url + "own/index.html");
        await AddAsync(page, "The Sea", "Di Doe");
        await AddAsync(page, "Woods", "Bo Berg");
        await Assertions.Expect(Books(page)).ToHaveTextAsync(["The Sea – Di Doe", "Woods – Bo Berg"]);

        await page.ReloadAsync();
        await Assertions.Expect(Books(page)).ToHaveCountAsync(2, new() { Timeout = (float)ChromiumBrowser.Patience.TotalMilliseconds });
        await page.GetByLabel("Search").FillAsync("berg woo");
        await Assertions.Expect(Books(page)).ToHaveTextAsync(["Woods – Bo Berg"]);

        await page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("System.ArgumentException: A book needs a title.");
        await page.CloseAsync();
    }

    private static async Task AddAsync(IPage page, string title, string author)
    {
        int before = await Books(page).CountAsync();
        await page.GetByLabel("Title").FillAsync(title);
        await page.GetByLabel("Author").FillAsync(author);
        await page.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        // Also the start of the worker, and EF Core's model, which its first use builds.
        await Assertions.Expect(Books(page)).ToHaveCountAsync(before + 1, new() { Timeout = (float)ChromiumBrowser.Patience.TotalMilliseconds });
    }

    private static ILocator Books(IPage page) => page.GetByRole(AriaRole.Listitem);
}
