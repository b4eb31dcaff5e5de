using System.Diagnostics;
using System.Globalization;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>What Linux itself says is locked (<see href="https://man7.org/linux/man-pages/man5/proc_locks.5.html">/proc/locks</see>).</summary>
internal static class KernelLocks
{
    /// <summary>The byte of which every database that this library has open has a shared lock.</summary>
    private const string Membership = "READ 4611686018427387904-4611686018427387904";

    /// <summary>Gets the locks on the bytes that SQLite locks, whoever has them, as "READ 1073741826-1073742335", in order.</summary>
    public static async Task<string[]> OfAsync(string file)
    {
        string inode = await InodeOfAsync(file);
        return
        [
            .. (await File.ReadAllLinesAsync("/proc/locks"))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(columns => columns[1] is "OFDLCK" or "POSIX" && columns[5].EndsWith(":" + inode, StringComparison.Ordinal))
                .Select(columns => $"{columns[3]} {columns[6]}-{columns[7]}")
                .Where(held => held != Membership)
                .Order(StringComparer.Ordinal),
        ];
    }

    private static async Task<string> InodeOfAsync(string file)
    {
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%i", file]) { RedirectStandardOutput = true })!;
        string output = await stat.StandardOutput.ReadToEndAsync().WaitAsync(SqlProcess.Patience);
        return long.Parse(output, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }
}
