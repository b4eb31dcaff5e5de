using System.Text.Json;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>The Notes sample in the browsers whose storage is another than Chromium's: notes go in and come out through its own page.</summary>
[Collection(OwnBrowserTests.Name)]
public sealed class NotesInOtherBrowsersTests(NotesSite site) : OwnNotesTests(site)
{
    private IDrivenBrowser? _browser;

    [FirefoxFact]
    public async Task Firefox_keeps_notes_in_OPFS()
    {
        Notes notes = await StartAsync(await FirefoxBrowser.StartAsync(Profile));
        Assert.Equal("opfs", (await notes.FactsAsync())["Backend"]);
        await WriteAndReloadAsync(notes);
        await AssertOutliveRestartsAsync(async () => await FirefoxBrowser.StartAsync(Profile));
    }

    /// <summary>What a private Firefox stores it forgets when it ends; what is in the way then must not be left behind.</summary>
    [FirefoxFact]
    public async Task Private_Firefox_keeps_notes_in_IndexedDB_until_it_ends()
    {
        for (int session = 1; session <= 2; session++)
        {
            Notes notes = await StartAsync(await FirefoxBrowser.StartAsync(Profile, privateBrowsing: true));
            await AssertFellBackAsync(notes);
            await WriteAndReloadAsync(notes);
            await _browser!.CloseAsync();
        }
    }

    [WebKitFact]
    public async Task WebKit_keeps_notes_in_IndexedDB()
    {
        Notes notes = await StartAsync(await WebKitBrowser.StartAsync(Profile));
        await AssertFellBackAsync(notes);
        await WriteAndReloadAsync(notes);
        await AssertOutliveRestartsAsync(async () => await WebKitBrowser.StartAsync(Profile));
    }

    private static async Task AssertFellBackAsync(Notes notes)
    {
        Dictionary<string, string> facts = await notes.FactsAsync();
        Assert.Equal("indexeddb", facts["Backend"]);
        Assert.Contains("opfs", facts["Not available"]);
        Assert.Contains("The browser says:", facts["Not available"]);
    }

    private static async Task WriteAndReloadAsync(Notes notes)
    {
        await notes.WriteAsync("First", "Through a reload");
        Assert.Equal(["First"], await notes.TitlesAsync());
        await notes.ReloadAsync();
        Assert.Equal(["First"], await notes.TitlesAsync());
        Assert.Equal("Through a reload", await notes.OpenAsync("First"));
    }

    private async Task AssertOutliveRestartsAsync(Func<Task<IDrivenBrowser>> start)
    {
        await _browser!.CloseAsync();
        Notes notes = await StartAsync(await start());
        Assert.Equal(["First"], await notes.TitlesAsync());
        await notes.WriteAsync("Second", "Through a crash");
        await _browser.KillAsync();
        notes = await StartAsync(await start());
        Assert.Equal(["Second", "First"], await notes.TitlesAsync());
        Assert.Equal("Through a crash", await notes.OpenAsync("Second"));
    }

    private async Task<Notes> StartAsync(IDrivenBrowser browser)
    {
        _browser = Use(browser);
        var notes = new Notes(await browser.OpenAsync(Site.Url));
        await notes.WaitUntilReadyAsync();
        return notes;
    }

    /// <summary>The page, used through its own elements. Every wait ends with an error that shows the page when it takes too long.</summary>
    private sealed class Notes(IBrowserTab tab)
    {
        private const string Helpers = """
            const byId = id => document.getElementById(id);
            const buttons = () => [...byId('notes').querySelectorAll('button')];
            const titled = title => buttons().find(button => button.textContent.includes(title));
            const fill = (id, text) => {
              byId(id).value = text;
              byId(id).dispatchEvent(new Event('input', { bubbles: true }));
            };
            const until = (what, isTrue) => new Promise((resolve, reject) => {
              const observer = new MutationObserver(check);
              const timer = setTimeout(() => end(() => reject(new Error(`Not ${what}: ${document.body.innerText}`))), 50_000);
              function end(act) {
                clearTimeout(timer);
                observer.disconnect();
                act();
              }
              function check() {
                if (!byId('problem').hidden) end(() => reject(new Error(byId('problem').innerText)));
                else if (isTrue()) end(resolve);
              }
              observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
              check();
            });
            """;

        public Task WaitUntilReadyAsync() => RunAsync("await until('ready', () => byId('status').textContent === 'Ready');");

        public async Task ReloadAsync()
        {
            await tab.ReloadAsync();
            await WaitUntilReadyAsync();
        }

        /// <summary>Writes a note on the empty form with which the page begins.</summary>
        public Task WriteAsync(string title, string text) => RunAsync($$"""
            fill('title', {{JsonSerializer.Serialize(title)}});
            fill('text', {{JsonSerializer.Serialize(text)}});
            byId('save').click();
            await until('saved', () => byId('status').textContent === 'Saved' && titled({{JsonSerializer.Serialize(title)}}));
            """);

        /// <summary>Gets the titles in the list, from above.</summary>
        public async Task<string[]> TitlesAsync() =>
            (await RunAsync("return buttons().map(button => button.querySelector('.title')?.textContent);")).Deserialize<string[]>()!;

        /// <summary>Opens a note and gets its text.</summary>
        public async Task<string> OpenAsync(string title) => (await RunAsync($$"""
            titled({{JsonSerializer.Serialize(title)}}).click();
            await until('open', () => byId('title').value === {{JsonSerializer.Serialize(title)}});
            return byId('text').value;
            """)).GetString()!;

        /// <summary>Gets what the panel tells about the storage.</summary>
        public async Task<Dictionary<string, string>> FactsAsync() => (await RunAsync("""
            const terms = [...byId('storage-facts').querySelectorAll('dt')];
            return Object.fromEntries(terms.map(term => [term.textContent, term.nextElementSibling.textContent]));
            """)).Deserialize<Dictionary<string, string>>()!;

        private Task<JsonElement> RunAsync(string body) => tab.EvaluateAsync($"async () => {{ {Helpers} {body} }}");
    }
}
