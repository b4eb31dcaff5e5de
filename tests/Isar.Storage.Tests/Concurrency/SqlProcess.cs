using System.Diagnostics;
using System.Globalization;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>A process that executes SQL line by line: the <c>sqlite3</c> program, or <c>Isar.Storage.Tests.Process</c>, which imitates it.</summary>
internal sealed class SqlProcess : ISqlSession
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly string _program = FindProgram();

    private readonly Process _process;
    private int _answers;
    private bool _isDisposed;

    private SqlProcess(string program, params string[] arguments)
        => _process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    public static SqlProcess StartStock(string file) => new("sh", "-c", "exec sqlite3 -batch \"$0\" 2>&1", file);

    public static SqlProcess StartOurs(string file) => new("dotnet", _program, Path.GetDirectoryName(file)!, Path.GetFileName(file));

    /// <summary>Runs SQL and returns what it printed.</summary>
    public async Task<SqlAnswer> RunAsync(string sql)
    {
        string end = string.Create(CultureInfo.InvariantCulture, $"answer {++_answers} ends");
        await WriteAsync($"{sql};\n.print {end}\n");
        List<string> lines = [];
        while (await ReadLineAsync() is { } line)
        {
            if (line == end)
                return SqlAnswer.Parse(lines);
            lines.Add(line);
        }
        throw new InvalidOperationException($"The process ended: {string.Join('\n', lines)}");
    }

    /// <summary>Sends lines without waiting for what they print.</summary>
    public async Task WriteAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text).WaitAsync(Patience);
        await _process.StandardInput.FlushAsync().WaitAsync(Patience);
    }

    /// <summary>Ends the input, at which the process ends when it is through with it.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>Ends the input and waits for the end of the process.</summary>
    public async Task EndAsync()
    {
        EndInput();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Reads the next line, <see langword="null"/> when the process has ended.</summary>
    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);

    /// <summary>Kills it with SIGKILL, and returns once its locks are gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await KillAsync();
        _process.Dispose();
    }

    private static string FindProgram()
    {
        const string name = "Isar.Storage.Tests.Process";
        // ".../bin/Release/net10.0/" of this project has the same place in that one.
        string tests = Path.Combine(Repository.Root, "tests");
        string output = Path.GetRelativePath(Path.Combine(tests, "Isar.Storage.Tests"), AppContext.BaseDirectory);
        return Path.Combine(tests, name, output, name + ".dll");
    }
}
