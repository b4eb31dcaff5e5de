using System.Text.Json;

namespace Isar.Storage.Browser.Tests;

/// <summary>A real browser, as far as a test needs it that runs in several. Disposing ends all of its processes.</summary>
internal interface IDrivenBrowser : IAsyncDisposable
{
    /// <summary>Opens a tab and waits until the page is loaded.</summary>
    Task<IBrowserTab> OpenAsync(string url);

    /// <summary>Kills all of the browser's processes at once: nothing in it gets a chance to finish.</summary>
    Task KillAsync();

    /// <summary>Ends the browser as a user does.</summary>
    Task CloseAsync();
}

/// <summary>A tab of an <see cref="IDrivenBrowser"/>.</summary>
internal interface IBrowserTab
{
    /// <summary>Loads the page again and waits until it is loaded.</summary>
    Task ReloadAsync();

    /// <summary>Calls an asynchronous JavaScript function in the page, and returns what it resolves to.</summary>
    /// <param name="function">The source of the function, which takes no arguments.</param>
    /// <param name="patience">How long it may take; <see cref="ChromiumBrowser.Patience"/> unless given.</param>
    Task<JsonElement> EvaluateAsync(string function, TimeSpan? patience = null);
}
