using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// A real Chromium on a profile of its own, started as a process, so that a test can kill it like a crash does and start it again on the
/// same profile. The executable is found as <c>CHROMIUM_PATH</c> or under the usual names.
/// </summary>
internal sealed partial class ChromiumBrowser : IDrivenBrowser
{
    private static readonly string[] _arguments =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "about:blank",
    ];

    /// <summary>Playwright's own process, which drives all browsers; it ends with this one.</summary>
    private static readonly Lazy<Task<IPlaywright>> _playwright = new(() => Playwright.CreateAsync());

    private readonly ChildProcess _process;
    private readonly IBrowser _browser;

    private ChromiumBrowser(ChildProcess process, IBrowser browser)
    {
        _process = process;
        _browser = browser;
    }

    /// <summary>Gets how long anything in a browser may take before a test gives up.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(4);

    /// <summary>Starts the browser on a profile.</summary>
    /// <param name="profile">Its directory.</param>
    /// <param name="arguments">Arguments beside the usual ones.</param>
    public static async Task<ChromiumBrowser> StartAsync(string profile, params string[] arguments)
    {
        // A killed browser leaves this behind; it would take the profile for one in use on another machine.
        foreach (string left in Directory.Exists(profile) ? Directory.GetFiles(profile, "Singleton*") : [])
            File.Delete(left);
        var start = new ProcessStartInfo(FindExecutable(), [.. _arguments, .. arguments, $"--user-data-dir={profile}"]);
        (ChildProcess process, Match ready) = await ChildProcess.StartAsync(start, ListeningLine());
        try
        {
            IPlaywright playwright = await _playwright.Value;
            IBrowser browser = await playwright.Chromium.ConnectOverCDPAsync(
                ready.Groups[1].Value, new() { Timeout = (float)Patience.TotalMilliseconds });
            browser.Contexts[0].SetDefaultTimeout((float)Patience.TotalMilliseconds);
            Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
            return new ChromiumBrowser(process, browser);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a tab for Playwright.</summary>
    public async Task<IPage> OpenPageAsync(string url)
    {
        IPage page = await _browser.Contexts[0].NewPageAsync();
        await page.GotoAsync(url);
        return page;
    }

    async Task<IBrowserTab> IDrivenBrowser.OpenAsync(string url) => new ChromiumTab(await OpenPageAsync(url));

    /// <summary>Stops the process that runs a tab, so that nothing in it answers, until the result is disposed.</summary>
    public async Task<IDisposable> FreezeAsync(IPage page)
    {
        ICDPSession session = await _browser.NewBrowserCDPSessionAsync();
        for (int attempt = 0; attempt < 60; attempt++)
        {
            Dictionary<int, double> before = await RenderersAsync(session);
            await page.EvaluateAsync("() => { const end = performance.now() + 500; while (performance.now() < end); }");
            Dictionary<int, double> after = await RenderersAsync(session);
            (int Id, double Worked)[] renderers = [.. after
                .Where(renderer => before.ContainsKey(renderer.Key))
                .Select(renderer => (renderer.Key, renderer.Value - before[renderer.Key]))
                .OrderByDescending(renderer => renderer.Item2)];
            // The one that has worked; on a busy machine, or while another page still starts, that may take another try to see.
            if (renderers[0].Worked > 0.1 && renderers.Skip(1).All(renderer => renderer.Worked * 3 < renderers[0].Worked))
                return new StoppedProcess(renderers[0].Id);
        }
        throw new InvalidOperationException("It cannot be seen which process runs the page: others work as much.");
    }

    /// <summary>Gets the most memory that a process which runs a page has had, in bytes, as Linux counts it.</summary>
    public async Task<long> GetPeakMemoryAsync()
    {
        ICDPSession session = await _browser.NewBrowserCDPSessionAsync();
        Dictionary<int, double> renderers = await RenderersAsync(session);
        return renderers.Keys.Where(id => Directory.Exists($"/proc/{id}")).Max(id => File.ReadLines($"/proc/{id}/status")
            .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Select(line => long.Parse(line["VmHWM:".Length..^" kB".Length], CultureInfo.InvariantCulture) * 1024)
            .Single());
    }

    public Task KillAsync() => _process.KillAsync();

    public async Task CloseAsync()
    {
        ICDPSession session = await _browser.NewBrowserCDPSessionAsync();
        await session.SendAsync("Browser.close");
        await _process.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>Gets the processes that run pages, and the seconds that each has worked.</summary>
    private static async Task<Dictionary<int, double>> RenderersAsync(ICDPSession session)
    {
        JsonElement answer = await session.SendAsync("SystemInfo.getProcessInfo")
            ?? throw new InvalidOperationException("The browser names no processes.");
        return answer.GetProperty("processInfo").EnumerateArray()
            .Where(process => process.GetProperty("type").GetString() == "renderer")
            .ToDictionary(process => process.GetProperty("id").GetInt32(), process => process.GetProperty("cpuTime").GetDouble());
    }

    private static string FindExecutable() =>
        Programs.Find(
            "CHROMIUM_PATH", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable")
        ?? throw new InvalidOperationException(
            "There is no Chromium, Chrome or Edge on this machine: install one, or set CHROMIUM_PATH to its executable.");

    private sealed class StoppedProcess : IDisposable
    {
        private readonly int _id;

        public StoppedProcess(int id)
        {
            _id = id;
            Signal("STOP");
        }

        public void Dispose() => Signal("CONT");

        private void Signal(string name)
        {
            using Process kill = Process.Start("kill", [$"-{name}", $"{_id}"]);
            kill.WaitForExit();
        }
    }

    [GeneratedRegex("^DevTools listening on (ws://.*)$")]
    private static partial Regex ListeningLine();
}
