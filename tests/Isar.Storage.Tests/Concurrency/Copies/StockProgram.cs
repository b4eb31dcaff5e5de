using System.Diagnostics;
using Xunit;

namespace Isar.Storage.Tests.Concurrency.Copies;

/// <summary>Programs that know nothing of this library, each run to its end.</summary>
internal static class StockProgram
{
    /// <summary>Runs a program and gets what it printed; fails with that unless the program succeeds.</summary>
    public static async Task<string> MustAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo("sh", ["-c", "exec \"$0\" \"$@\" 2>&1", program, .. arguments]) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(SqlProcess.Patience);
        await process.WaitForExitAsync().WaitAsync(SqlProcess.Patience);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}");
        return output;
    }
}
