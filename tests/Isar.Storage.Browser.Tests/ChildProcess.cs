using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Isar.Storage.Browser.Tests;

/// <summary>A program that a test starts, and ends together with everything that it started itself.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly TaskCompletionSource<Match> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openStreams = 2;

    private ChildProcess(Process process, Regex ready)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);

        void Take(string? line)
        {
            if (line is null)
            {
                if (Interlocked.Decrement(ref _openStreams) == 0)
                    _ready.TrySetException(new InvalidOperationException($"{process.StartInfo.FileName} ended at its start:\n{Output}"));
                return;
            }
            lock (_output)
                _output.Add(line);
            if (ready.Match(line) is { Success: true } match)
                _ready.TrySetResult(match);
        }
    }

    /// <summary>Gets what the program has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    /// <summary>Starts a program and waits for the line by which it says that it is ready.</summary>
    public static async Task<(ChildProcess Process, Match Ready)> StartAsync(ProcessStartInfo start, Regex ready)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = new Process { StartInfo = start };
        var child = new ChildProcess(process, ready);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return (child, await child._ready.Task.WaitAsync(ChromiumBrowser.Patience));
        }
        catch (TimeoutException e)
        {
            await child.DisposeAsync();
            throw new TimeoutException($"{start.FileName} did not get ready. It wrote:\n{child.Output}", e);
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills all of the program's processes at once: nothing in it gets a chance to finish.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await WaitForExitAsync();
    }

    /// <summary>Waits until the program has ended by itself.</summary>
    public Task WaitForExitAsync() => _process.WaitForExitAsync().WaitAsync(ChromiumBrowser.Patience);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }
}
