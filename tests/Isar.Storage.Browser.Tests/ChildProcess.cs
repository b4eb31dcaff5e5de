using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Isar.Storage.Browser.Tests;

/// <summary>A program that a test starts, and ends together with everything that it started itself.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _output = [];
    private int _openStreams = 2;

    private ChildProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
    }

    /// <summary>Gets whether the program has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program.</summary>
    public static ChildProcess Start(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = new Process { StartInfo = start };
        var child = new ChildProcess(process);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Starts a program and waits for the line by which it says that it is ready.</summary>
    public static async Task<(ChildProcess Process, Match Ready)> StartAsync(ProcessStartInfo start, Regex ready)
    {
        ChildProcess child = Start(start);
        try
        {
            return (child, await child.ReadUntilAsync(ready));
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

    /// <summary>Waits until the program and all that it started have ended by themselves: until nobody can write to its output any more.</summary>
    public Task WaitForExitAsync() => _process.WaitForExitAsync().WaitAsync(ChromiumBrowser.Patience);

    /// <summary>Makes an exception that carries what the program has written.</summary>
    public InvalidOperationException Failure(string problem)
    {
        lock (_output)
            return new InvalidOperationException($"{_process.StartInfo.FileName} {problem} It wrote:\n{string.Join('\n', _output)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private async Task<Match> ReadUntilAsync(Regex wanted)
    {
        using var timer = new CancellationTokenSource(ChromiumBrowser.Patience);
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(timer.Token))
            {
                if (wanted.Match(line) is { Success: true } match)
                    return match;
            }
        }
        catch (OperationCanceledException)
        {
            throw Failure("did not get ready.");
        }
        throw Failure("ended at its start.");
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            if (Interlocked.Decrement(ref _openStreams) == 0)
                _lines.Writer.Complete();
            return;
        }
        lock (_output)
            _output.Add(line);
        _lines.Writer.TryWrite(line);
    }
}
