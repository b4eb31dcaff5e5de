using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenQA.Selenium.BiDi;
using OpenQA.Selenium.BiDi.BrowsingContext;
using OpenQA.Selenium.BiDi.Script;
using OpenQA.Selenium.BiDi.Session;
using OpenQA.Selenium.Internal.Logging;

namespace Isar.Storage.Browser.Tests;

/// <summary>
/// A real Firefox on a profile of its own, driven through <see href="https://w3c.github.io/webdriver-bidi/">WebDriver BiDi</see>, which it
/// speaks without a driver. The executable is found as <c>FIREFOX_PATH</c> or under the usual names.
/// </summary>
internal sealed partial class FirefoxBrowser : IDrivenBrowser
{
    private static readonly string? _executable = Programs.Find("FIREFOX_PATH", "firefox-esr", "firefox");

    /// <summary>A profile that was killed many times is to start like any other, and nothing is to be fetched.</summary>
    private static readonly string[] _preferences =
    [
        "\"toolkit.startup.max_resumed_crashes\", -1",
        "\"browser.sessionstore.resume_from_crash\", false",
        "\"browser.shell.checkDefaultBrowser\", false",
        "\"datareporting.policy.dataSubmissionEnabled\", false",
        "\"app.update.disabledForTesting\", true",
        "\"extensions.update.enabled\", false",
        "\"app.normandy.enabled\", false",
        "\"network.captive-portal-service.enabled\", false",
        "\"network.connectivity-service.enabled\", false",
    ];

    private readonly ChildProcess _process;
    private readonly IBiDi _connection;

    /// <summary>The client would write to the console that a browser which was closed or killed has closed the connection.</summary>
    static FirefoxBrowser() => Log.SetLevel(LogEventLevel.None);

    private FirefoxBrowser(ChildProcess process, IBiDi connection)
    {
        _process = process;
        _connection = connection;
    }

    /// <summary>Gets why there can be no tests in Firefox here; <see langword="null"/> if there can.</summary>
    public static string? Missing { get; } = _executable is null
        ? "There is no Firefox on this machine: install Firefox (on Debian the package firefox-esr), or set FIREFOX_PATH to its executable."
        : null;

    /// <summary>Starts the browser on a profile.</summary>
    /// <param name="profile">Its directory.</param>
    /// <param name="privateBrowsing">Whether all windows are private, as the setting "Always use private browsing mode" makes them.</param>
    /// <param name="preferences">Preferences beside the usual ones, each as <c>"name", value</c>. The profile keeps them.</param>
    public static async Task<FirefoxBrowser> StartAsync(string profile, bool privateBrowsing = false, params string[] preferences)
    {
        string[] all = [.. _preferences, $"\"browser.privatebrowsing.autostart\", {(privateBrowsing ? "true" : "false")}", .. preferences];
        await File.WriteAllLinesAsync(Path.Combine(profile, "user.js"), all.Select(preference => $"user_pref({preference});"));
        var start = new ProcessStartInfo(_executable ?? throw new InvalidOperationException(Missing),
            ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0", "about:blank"]);
        start.Environment["MOZ_CRASHREPORTER_DISABLE"] = "1";
        (ChildProcess process, Match ready) = await ChildProcess.StartAsync(start, ListeningLine());
        try
        {
            var address = new Uri($"{ready.Groups[1].Value}/session");
            IBiDi connection = await InTimeAsync(token => BiDi.ConnectAsync(address, cancellationToken: token));
            await InTimeAsync(token => connection.NewAsync(new CapabilitiesRequest(), cancellationToken: token));
            return new FirefoxBrowser(process, connection);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async Task<IBrowserTab> OpenAsync(string url)
    {
        BrowsingContext context = (await InTimeAsync(token => _connection.BrowsingContext.CreateAsync(ContextType.Tab, null, token))).Context;
        await InTimeAsync(token => context.NavigateAsync(url, new NavigateOptions { Wait = ReadinessState.Complete }, token));
        return new Tab(context);
    }

    public Task KillAsync() => _process.KillAsync();

    public async Task CloseAsync()
    {
        await InTimeAsync(token => _connection.Browser.CloseAsync(null, token));
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Waits for an answer. The client has a limit of its own, which only a token replaces.</summary>
    private static async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan? patience = null)
    {
        TimeSpan limit = patience ?? ChromiumBrowser.Patience;
        using var timer = new CancellationTokenSource(limit);
        try
        {
            return await ask(timer.Token);
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested)
        {
            throw new TimeoutException($"Firefox did not answer within {limit}.", e);
        }
    }

    [GeneratedRegex("^WebDriver BiDi listening on (ws://.*)$")]
    private static partial Regex ListeningLine();

    private sealed class Tab(BrowsingContext context) : IBrowserTab
    {
        public Task ReloadAsync() =>
            InTimeAsync(token => context.ReloadAsync(new ReloadOptions { Wait = ReadinessState.Complete }, token));

        public async Task<JsonElement> EvaluateAsync(string function, TimeSpan? patience)
        {
            string expression = $"(async () => JSON.stringify(await ({function})() ?? null))()";
            EvaluateResult result = await InTimeAsync(
                token => context.Script.EvaluateAsync(expression, awaitPromise: true, null, null, token), patience);
            return result is EvaluateResultSuccess { Result: StringRemoteValue json }
                ? JsonSerializer.Deserialize<JsonElement>(json.Value)
                : throw new InvalidOperationException($"The script threw {(result as EvaluateResultException)?.ExceptionDetails.Text}");
        }
    }
}
