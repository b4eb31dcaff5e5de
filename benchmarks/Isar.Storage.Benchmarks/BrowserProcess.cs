using System.Diagnostics;
using System.Globalization;

namespace Isar.Storage.Benchmarks;

/// <summary>A browser without a window on a new profile, started on an address. Disposing it ends it and removes the profile.</summary>
internal sealed class BrowserProcess : IDisposable
{
    private const double Mebibyte = 1024 * 1024;

    /// <summary>Among them: memory is told at once, not when garbage is next collected, and a page may open windows without a click.</summary>
    private static readonly string[] _chromiumArguments =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--enable-blink-features=ForceEagerMeasureMemory",
        "--disable-popup-blocking",
    ];

    /// <summary>Clocks that are not blurred, no pages of its own, and windows that a page may open without a click.</summary>
    private const string FirefoxPreferences = """
        user_pref("privacy.reduceTimerPrecision", false);
        user_pref("dom.disable_open_during_load", false);
        user_pref("browser.shell.checkDefaultBrowser", false);
        user_pref("browser.startup.homepage_override.mstone", "ignore");
        user_pref("datareporting.policy.dataSubmissionEnabled", false);
        """;

    private readonly string _profile = Directory.CreateTempSubdirectory("isar-benchmark-").FullName;
    private readonly Process _process;

    private BrowserProcess(string browser, string url)
    {
        string program;
        string[] arguments;
        if (browser == "firefox")
        {
            program = FindProgram("FIREFOX_PATH", "firefox-esr", "firefox");
            File.WriteAllText(Path.Combine(_profile, "user.js"), FirefoxPreferences);
            arguments = ["--headless", "--no-remote", "--profile", _profile, url];
        }
        else
        {
            program = FindProgram("CHROMIUM_PATH", "chromium", "google-chrome", "google-chrome-stable", "microsoft-edge", "chromium-browser");
            arguments = [.. _chromiumArguments, $"--user-data-dir={_profile}", url];
        }
        Version = ReadVersion(program);
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        // What it writes is of no interest, but has to be taken from it.
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public string Version { get; }

    public static BrowserProcess Start(string browser, string url) => new(browser, url);

    /// <summary>Gets what all processes of the browser take in MiB, or <see langword="null"/> where the system has no /proc.</summary>
    public double? ReadMemory()
    {
        if (!Directory.Exists("/proc/self"))
            return null;
        ILookup<int, ProcessStatus> byParent = Directory.GetDirectories("/proc")
            .Select(directory => int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int id) ? ReadStatus(id) : null)
            .OfType<ProcessStatus>()
            .ToLookup(status => status.Parent);
        return ((ReadStatus(_process.Id)?.Bytes ?? 0) + SumOfChildren(_process.Id)) / Mebibyte;

        long SumOfChildren(int parent) => byParent[parent].Sum(child => child.Bytes + SumOfChildren(child.Id));
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    /// <summary>See <see href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">proc_pid_stat</see>; the name may hold spaces.</summary>
    private static ProcessStatus? ReadStatus(int id)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{id}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new ProcessStatus(
                id,
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }

    private static string FindProgram(string variable, params string[] names)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path)
            return path;
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"There is none of {string.Join(", ", names)} on this machine: install one, or set {variable}.");
    }

    private static string ReadVersion(string program)
    {
        var start = new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string version = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return version;
    }

    private sealed record ProcessStatus(int Id, int Parent, long Bytes);
}
