using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>The Notes sample as a person uses it: everything by its accessible name.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class NotesTests(NotesSite site) : OwnNotesTests(site)
{
    [Fact]
    public async Task Notes_are_written_found_changed_deleted_and_outlive_reload_and_restart()
    {
        ChromiumBrowser browser = await StartChromiumAsync();
        IPage page = await OpenAsync(browser);
        await WriteAsync(page, "Groceries", "Milk and bread");
        await WriteAsync(page, "Travel", "Trains to Lisbon");
        await Assertions.Expect(Notes(page)).ToHaveCountAsync(2);

        await page.ReloadAsync();
        await Assertions.Expect(Notes(page)).ToHaveCountAsync(2);

        await browser.CloseAsync();
        page = await OpenAsync(await StartChromiumAsync());
        await Assertions.Expect(Notes(page)).ToHaveCountAsync(2);

        await TextBox(page, "Search").FillAsync("lisb");
        await Assertions.Expect(Notes(page)).ToHaveCountAsync(1);
        await Assertions.Expect(Notes(page)).ToContainTextAsync("Travel");
        await TextBox(page, "Search").FillAsync("\"* AND (");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeHiddenAsync();
        await TextBox(page, "Search").FillAsync("");

        await Notes(page).Filter(new LocatorFilterOptions { HasText = "Groceries" }).ClickAsync();
        await Assertions.Expect(TextBox(page, "Text")).ToHaveValueAsync("Milk and bread");
        await TextBox(page, "Text").FillAsync("Milk, bread and coffee");
        await Button(page, "Save").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Saved");
        await page.ReloadAsync();
        await Notes(page).Filter(new LocatorFilterOptions { HasText = "Groceries" }).ClickAsync();
        await Assertions.Expect(TextBox(page, "Text")).ToHaveValueAsync("Milk, bread and coffee");

        await Button(page, "Delete").ClickAsync();
        await Assertions.Expect(Notes(page)).ToHaveCountAsync(1);
        await page.ReloadAsync();
        await Assertions.Expect(Notes(page)).ToHaveCountAsync(1);
        await Assertions.Expect(Notes(page)).ToContainTextAsync("Travel");
    }

    [Fact]
    public async Task What_is_typed_after_New_note_belongs_to_the_new_note()
    {
        IPage page = await OpenAsync(await StartChromiumAsync());
        // In one step, so that nothing that the page has to do comes between the click and the typing.
        const string Type = """
            title => {
              document.getElementById('new-note').click();
              document.getElementById('title').value = title;
              document.getElementById('editor').dispatchEvent(new Event('input'));
            }
            """;
        await page.EvaluateAsync(Type, "First");
        await page.EvaluateAsync(Type, "Second");
        await Assertions.Expect(Notes(page)).ToContainTextAsync(["First"]);
        await Assertions.Expect(TextBox(page, "Title")).ToHaveValueAsync("Second");
        await Button(page, "Save").ClickAsync();
        await page.EvaluateAsync(Type, "Third");
        await Assertions.Expect(Notes(page)).ToContainTextAsync(["Second", "First"]);
        await Assertions.Expect(Notes(page)).ToHaveCountAsync(2);
        await Assertions.Expect(TextBox(page, "Title")).ToHaveValueAsync("Third");
        await Assertions.Expect(Button(page, "Save")).ToBeEnabledAsync();
    }

    [Fact]
    public async Task The_storage_region_tells_what_was_got_and_why()
    {
        IPage page = await OpenAsync(await StartChromiumAsync());
        ILocator region = page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Storage" });
        await Assertions.Expect(region).ToContainTextAsync("opfs");
        await Assertions.Expect(region).ToContainTextAsync("the first backend that was added");
        await Assertions.Expect(region).ToContainTextAsync("Durability");
        await Assertions.Expect(region).ToContainTextAsync("kB");
    }

    [Fact]
    public async Task Reloads_in_a_row_show_the_notes_and_no_error()
    {
        IPage page = await OpenAsync(await StartChromiumAsync());
        await WriteAsync(page, "Kept", "Through all reloads");
        for (int i = 0; i < (TestRun.IsLong ? 50 : 5); i++)
        {
            await page.ReloadAsync();
            await Assertions.Expect(Notes(page)).ToHaveCountAsync(1);
            await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeHiddenAsync();
        }
    }

    [Fact]
    public async Task A_busy_port_is_one_clear_line()
    {
        (int exitCode, string errors) = await NotesSite.FailAsync(new Uri(Site.Url).Port);
        Assert.Equal(1, exitCode);
        Assert.Equal($"Port {new Uri(Site.Url).Port} is in use; choose another with --port N.", errors.Trim());
    }

    private async Task<IPage> OpenAsync(ChromiumBrowser browser)
    {
        IPage page = await browser.OpenPageAsync(Site.Url);
        await Assertions.Expect(Button(page, "New note")).ToBeEnabledAsync();
        return page;
    }

    private static async Task WriteAsync(IPage page, string title, string text)
    {
        await Button(page, "New note").ClickAsync();
        // The page may have something else to finish first.
        await Assertions.Expect(TextBox(page, "Title")).ToBeFocusedAsync();
        await TextBox(page, "Title").FillAsync(title);
        await TextBox(page, "Text").FillAsync(text);
        await Button(page, "Save").ClickAsync();
        await Assertions.Expect(Notes(page).Filter(new LocatorFilterOptions { HasText = title })).ToHaveCountAsync(1);
    }

    private static ILocator Button(IPage page, string name) =>
        page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    private static ILocator TextBox(IPage page, string name) =>
        page.GetByLabel(name, new PageGetByLabelOptions { Exact = true });

    private static ILocator Notes(IPage page) =>
        page.GetByRole(AriaRole.List, new PageGetByRoleOptions { Name = "Notes", Exact = true }).GetByRole(AriaRole.Button);
}
