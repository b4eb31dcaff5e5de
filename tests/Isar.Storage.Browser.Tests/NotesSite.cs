using System.Diagnostics;

namespace Isar.Storage.Browser.Tests;

/// <summary>The Notes sample as <c>run.sh</c> starts it: the built program on a free port.</summary>
internal sealed class NotesSite : IAsyncDisposable
{
    private readonly Process _process;

    private NotesSite(Process process, string url)
    {
        _process = process;
        Url = url;
    }

    public string Url { get; }

    public static async Task<NotesSite> StartAsync()
    {
        int port = Loopback.FreePort();
        Process process = Start(port);
        string line = await process.StandardOutput.ReadLineAsync().WaitAsync(ChromiumBrowser.Patience) ?? "";
        string url = $"http://localhost:{port}";
        if (!line.Contains(url, StringComparison.Ordinal))
            throw new InvalidOperationException($"The Notes sample did not start: {line} {await process.StandardError.ReadToEndAsync()}");
        _ = process.StandardOutput.ReadToEndAsync();
        return new NotesSite(process, url);
    }

    /// <summary>Starts the sample on a port and returns what it says when it gives up.</summary>
    public static async Task<(int ExitCode, string Errors)> FailAsync(int port)
    {
        using Process process = Start(port);
        string errors = await process.StandardError.ReadToEndAsync().WaitAsync(ChromiumBrowser.Patience);
        await process.WaitForExitAsync().WaitAsync(ChromiumBrowser.Patience);
        return (process.ExitCode, errors);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(ChromiumBrowser.Patience);
        _process.Dispose();
    }

    private static Process Start(int port) =>
        Process.Start(new ProcessStartInfo("dotnet", [BuiltFiles.NotesAssembly, "--port", $"{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
