using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What the Notes sample says about its storage, and how a person has the notes kept.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class NotesStorageTests(NotesSite site) : OwnNotesTests(site)
{
    [Fact]
    public async Task The_button_asks_the_browser_to_keep_the_notes_and_goes_when_it_does()
    {
        IPage page = await OpenAsync();
        ILocator storage = page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Storage" });
        ILocator keep = storage.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Keep my notes" });
        await Assertions.Expect(storage).ToContainTextAsync("The browser may delete the notes");
        // What the page looks for when it starts, it has looked for before it makes a new note.
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "New note", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Title", new PageGetByLabelOptions { Exact = true })).ToBeFocusedAsync();
        await page.EvaluateAsync("() => { document.querySelector('#storage-facts > *').id = 'before-the-answer'; }");
        await keep.ClickAsync();
        await Assertions.Expect(storage).ToContainTextAsync("The browser did not agree.");
        // The page looks again after the answer. Looking after the permission was granted, it would find nothing left to ask for.
        await Assertions.Expect(page.Locator("#before-the-answer")).ToHaveCountAsync(0);

        ICDPSession session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("Browser.grantPermissions", new Dictionary<string, object> { ["permissions"] = new[] { "durableStorage" } });
        await keep.ClickAsync();
        await Assertions.Expect(storage).ToContainTextAsync("The browser keeps your notes until you delete them.");
        await Assertions.Expect(storage).ToContainTextAsync("The browser keeps the notes");
        await Assertions.Expect(keep).ToBeHiddenAsync();
        await page.ReloadAsync();
        await Assertions.Expect(storage).ToContainTextAsync("The browser keeps the notes");
        await Assertions.Expect(keep).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Little_space_is_warned_of_and_enough_is_not()
    {
        IPage page = await OpenAsync();
        ILocator warning = page.GetByText("Space is nearly used up");
        await Assertions.Expect(page.GetByText("GB used")).ToBeVisibleAsync();
        await Assertions.Expect(warning).ToBeHiddenAsync();

        // Chromium conceals how much space there is, also one that was set for a test.
        await page.RouteAsync("**/isar-worker.js", async route =>
        {
            IAPIResponse worker = await route.FetchAsync();
            const string Estimate = "StorageManager.prototype.estimate = async () => ({ usage: 8e9, quota: 1e10 });";
            await route.FulfillAsync(new RouteFulfillOptions { Response = worker, Body = Estimate + await worker.TextAsync() });
        });
        await page.ReloadAsync();
        await Assertions.Expect(warning).ToContainTextAsync("8 GB of 10 GB");
    }

    [Fact]
    public async Task The_address_can_limit_the_storage()
    {
        IPage page = await OpenAsync("?storage=opfs");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Storage" })).ToContainTextAsync("opfs");
        await page.GotoAsync($"{Site.Url}?storage=floppy");
        ILocator problem = page.GetByRole(AriaRole.Alert);
        await Assertions.Expect(problem).ToContainTextAsync("\"floppy\"");
        await Assertions.Expect(problem).ToContainTextAsync("Remove “storage” from the address");
    }

    private async Task<IPage> OpenAsync(string query = "") => await (await StartChromiumAsync()).OpenPageAsync(Site.Url + query);
}
