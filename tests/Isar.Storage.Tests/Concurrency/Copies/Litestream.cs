using System.Diagnostics;
using System.Threading.Channels;
using Xunit;

namespace Isar.Storage.Tests.Concurrency.Copies;

/// <summary>
/// The stock <see href="https://litestream.io">Litestream</see>, which replicates a database to a directory; the program comes with a package
/// of npm.
/// </summary>
internal sealed class Litestream : IAsyncDisposable
{
    private static readonly string _program =
        Path.Combine(Repository.Root, "node_modules", "@flydotio", "litestream-linux-x64", "litestream");

    // It runs beside a shell that ends it by the signal named in its input, and kills it when this process dies.
    private const string Shell = "\"$0\" \"$@\" 2>&1 & read -r signal; kill -s \"${signal:-KILL}\" $!; wait $! 2> /dev/null";

    private readonly string _database;
    private readonly string _folder = Directory.CreateTempSubdirectory("isar-litestream-").FullName;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _log = [];
    private Process? _process;
    private Task _reading = Task.CompletedTask;

    public Litestream(string database)
    {
        _database = database;
        // Its own files do not belong among the databases. It looks and copies more often than it does by itself, so that short tests have
        // much of that.
        File.WriteAllText(Configuration, $"""
            dbs:
              - path: {database}
                meta-path: {Path.Combine(_folder, "meta")}
                monitor-interval: 50ms
                replicas:
                  - path: {Path.Combine(_folder, "replica")}
                    sync-interval: 50ms
            """);
    }

    /// <summary>Gets why there can be no tests with it here; <see langword="null"/> if there can.</summary>
    public static string? Missing { get; } = File.Exists(_program)
        ? null
        : "There is no Litestream on this machine: npm has a package with its program for Linux on x64 only.";

    private string Configuration => Path.Combine(_folder, "litestream.yml");

    private string Said => $"Litestream says:\n{string.Join('\n', _log)}";

    public static Task<string> VersionAsync() => StockProgram.MustAsync(_program, "version");

    /// <summary>Starts to replicate a database of which it has nothing yet, or no longer the log, and waits until a copy can be restored.</summary>
    /// <remarks>
    /// It then begins a generation: it copies the file, and after that the log. A file that was copied while others write is a database only
    /// together with the log of that time.
    /// </remarks>
    public async Task BeginAsync()
    {
        Start();
        await WaitForAsync("msg=\"snapshot written\"");
        await WaitForAsync("msg=\"wal segment written\"");
    }

    /// <summary>Starts to replicate.</summary>
    public void Start()
    {
        while (_lines.Reader.TryRead(out string? line))
            _log.Add(line);
        _process = Process.Start(new ProcessStartInfo("sh", ["-c", Shell, _program, "replicate", "-config", Configuration])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _reading = ReadAsync(_process.StandardOutput);
    }

    /// <summary>Kills it in the midst of whatever it does.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Lets it end, as a service manager does; it then copies the last commits.</summary>
    public async Task StopAsync()
    {
        await EndAsync("TERM");
        await WaitForAsync("litestream shut down");
    }

    /// <summary>Waits for a line of the log that was not waited for before.</summary>
    public async Task WaitForAsync(string text)
    {
        using var patience = new CancellationTokenSource(SqlProcess.Patience);
        string line;
        do
        {
            line = await _lines.Reader.ReadAsync(patience.Token);
            _log.Add(line);
        }
        while (!line.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Restores the newest state that the replica has.</summary>
    public async Task RestoreAsync(string target)
    {
        File.Delete(target);
        await StockProgram.MustAsync(_program, "restore", "-config", Configuration, "-o", target, _database);
    }

    /// <summary>Restores again and again until a copy is as it shall be.</summary>
    public async Task RestoreUntilAsync(string target, Func<Task<bool>> isReached)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            Assert.True(!_reading.IsCompleted && Stopwatch.GetElapsedTime(start) < SqlProcess.Patience, "It does not come. " + Said);
            await RestoreAsync(target);
        }
        while (!await isReached());
    }

    /// <summary>Gets how many generations the replica has: each begins with a copy of the whole database.</summary>
    public async Task<int> CountGenerationsAsync()
        => (await StockProgram.MustAsync(_program, "generations", "-config", Configuration, _database)).TrimEnd().Split('\n').Length - 1;

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task EndAsync(string signal)
    {
        if (_process is null)
            return;
        await _process.StandardInput.WriteLineAsync(signal).WaitAsync(SqlProcess.Patience);
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(SqlProcess.Patience);
        await _reading;
        _process.Dispose();
        _process = null;
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
            _lines.Writer.TryWrite(line);
    }
}
