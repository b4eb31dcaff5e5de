using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// A real WebKitGTK: its MiniBrowser as a system installs it, on an X server of its own, driven through the remote inspector. WebKit's
/// driver would not do: a browser that it starts keeps nothing when it ends. The executable is found as <c>WEBKIT_PATH</c>
/// or where systems keep it, the X server as <c>XVFB_PATH</c> or on the search path.
/// </summary>
internal sealed partial class WebKitBrowser : IDrivenBrowser
{
    private static readonly string? _executable = Programs.Find("WEBKIT_PATH", "MiniBrowser") ?? FindInLibraries();
    private static readonly string? _xvfb = Programs.Find("XVFB_PATH", "Xvfb");

    private readonly ChildProcess _xServer;
    private readonly string _display;
    private readonly string _directory;
    private ChildProcess? _process;
    private WebKitInspector? _inspector;

    private WebKitBrowser(ChildProcess xServer, string display, string directory)
    {
        _xServer = xServer;
        _display = display;
        _directory = directory;
    }

    /// <summary>Gets why there can be no tests in WebKitGTK here; <see langword="null"/> if there can.</summary>
    public static string? Missing { get; } = _executable is null || _xvfb is null
        ? "There is no WebKitGTK on this machine: install its MiniBrowser and Xvfb (on Debian the packages webkit2gtk-driver and xvfb), "
            + "or set WEBKIT_PATH and XVFB_PATH to their executables."
        : null;

    /// <summary>Prepares a browser that keeps its data in a directory.</summary>
    public static async Task<WebKitBrowser> StartAsync(string directory)
    {
        var start = new ProcessStartInfo(
            _xvfb ?? throw new InvalidOperationException(Missing), ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
        (ChildProcess xServer, Match display) = await ChildProcess.StartAsync(start, DisplayLine());
        return new WebKitBrowser(xServer, display.Value, directory);
    }

    /// <summary>Opens the only tab.</summary>
    public async Task<IBrowserTab> OpenAsync(string url)
    {
        int port = Loopback.FreePort();
        var start = new ProcessStartInfo(_executable ?? throw new InvalidOperationException(Missing), ["about:blank"]);
        start.Environment["DISPLAY"] = $":{_display}";
        start.Environment["GDK_BACKEND"] = "x11";
        // Nothing of the person who runs the tests: no settings, no other instance, no services of a desktop.
        start.Environment["HOME"] = _directory;
        start.Environment["XDG_DATA_HOME"] = Path.Combine(_directory, "data");
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(_directory, "cache");
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(_directory, "config");
        start.Environment["DBUS_SESSION_BUS_ADDRESS"] = "disabled:";
        start.Environment["NO_AT_BRIDGE"] = "1";
        start.Environment["WEBKIT_INSPECTOR_HTTP_SERVER"] = $"127.0.0.1:{port}";
        _process = ChildProcess.Start(start);
        _inspector = await WebKitInspector.ConnectAsync(await FindPageAsync(_process, port));
        await _inspector.CallAsync("Page.enable", []);
        var tab = new Tab(_inspector);
        // In place of the empty page: a script may close a window only if that has shown nothing before.
        await tab.LoadAsync($"location.replace({JsonSerializer.Serialize(url)})");
        return tab;
    }

    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    public async Task CloseAsync()
    {
        if (_inspector is null || _process is null)
            return;
        // The browser may be gone before it answers.
        await _inspector.SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = "window.close()" });
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        if (_inspector is not null)
            await _inspector.DisposeAsync();
        await _xServer.DisposeAsync();
    }

    /// <summary>Asks the inspector's server for the page, until it is there: the browser does not say when.</summary>
    private static async Task<Uri> FindPageAsync(ChildProcess process, int port)
    {
        using var http = new HttpClient();
        using var timer = new CancellationTokenSource(ChromiumBrowser.Patience);
        try
        {
            while (!process.HasExited)
            {
                try
                {
                    string list = await http.GetStringAsync($"http://127.0.0.1:{port}/", timer.Token);
                    if (PageLink().Match(list) is { Success: true } link)
                        return new Uri($"ws://127.0.0.1:{port}{link.Value}");
                }
                catch (HttpRequestException)
                {
                }
                await Task.Delay(TimeSpan.FromMilliseconds(50), timer.Token);
            }
        }
        catch (OperationCanceledException)
        {
            throw process.Failure("did not show a page.");
        }
        throw process.Failure("ended at its start.");
    }

    /// <summary>Distributions keep it beside the library's other programs, not on the search path.</summary>
    private static string? FindInLibraries() => new[] { "/usr/lib", "/usr/libexec", "/usr/lib64" }
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.GetDirectories(folder).Prepend(folder))
        .SelectMany(folder => new[] { "webkit2gtk-4.1", "webkitgtk-6.0" }.Select(name => Path.Combine(folder, name, "MiniBrowser")))
        .FirstOrDefault(File.Exists);

    [GeneratedRegex(@"^\d+$")]
    private static partial Regex DisplayLine();

    [GeneratedRegex(@"/socket/\d+/\d+/WebPage")]
    private static partial Regex PageLink();

    private sealed class Tab(WebKitInspector inspector) : IBrowserTab
    {
        public Task ReloadAsync() => LoadAsync("location.reload()");

        public async Task<JsonElement> EvaluateAsync(string function, TimeSpan? patience)
        {
            JsonNode promise = await inspector.CallAsync("Runtime.evaluate", new JsonObject
            {
                ["expression"] = $"(async () => JSON.stringify(await ({function})() ?? null))()",
            });
            JsonNode result = await inspector.CallAsync("Runtime.awaitPromise", new JsonObject
            {
                ["promiseObjectId"] = $"{promise["result"]!["objectId"]}",
                ["returnByValue"] = true,
            }, patience);
            return JsonSerializer.Deserialize<JsonElement>($"{result["result"]!["value"]}");
        }

        public async Task LoadAsync(string expression)
        {
            Task loaded = inspector.NextAsync("Page.loadEventFired");
            await inspector.CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression });
            await loaded;
        }
    }
}
