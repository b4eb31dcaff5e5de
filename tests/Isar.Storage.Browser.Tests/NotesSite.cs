using System.Diagnostics;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>The Notes sample as <c>run.sh</c> starts it: the built program on a free port.</summary>
public sealed class NotesSite : IAsyncLifetime
{
    private Process? _process;

    public string Url { get; private set; } = "";

    public async Task InitializeAsync()
    {
        int port = Loopback.FreePort();
        _process = Start(port);
        string line = await _process.StandardOutput.ReadLineAsync().WaitAsync(ChromiumBrowser.Patience) ?? "";
        Url = $"http://localhost:{port}";
        if (!line.Contains(Url, StringComparison.Ordinal))
            throw new InvalidOperationException($"The Notes sample did not start: {line} {await _process.StandardError.ReadToEndAsync()}");
        _ = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>Starts the sample on a port and returns what it says when it gives up.</summary>
    public static async Task<(int ExitCode, string Errors)> FailAsync(int port)
    {
        using Process process = Start(port);
        string errors = await process.StandardError.ReadToEndAsync().WaitAsync(ChromiumBrowser.Patience);
        await process.WaitForExitAsync().WaitAsync(ChromiumBrowser.Patience);
        return (process.ExitCode, errors);
    }

    public async Task DisposeAsync()
    {
        _process!.Kill(entireProcessTree: true);
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
