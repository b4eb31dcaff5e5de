using System.Globalization;
using System.Runtime.InteropServices;

namespace Isar.Storage.Benchmarks;

/// <summary>What numbers depend on. Where the system does not tell the name of the processor, it is <see langword="null"/>.</summary>
internal sealed record MachineFacts(string System, string Architecture, string? Processor, int Processors, long MemoryMebibytes, string Runtime)
{
    private const long Mebibyte = 1024 * 1024;

    public static MachineFacts Read() => new(
        RuntimeInformation.OSDescription,
        RuntimeInformation.OSArchitecture.ToString(),
        ReadProcessor(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Mebibyte,
        RuntimeInformation.FrameworkDescription);

    /// <summary>Gets how many programs wanted to run in the last 1, 5 and 15 minutes, or <see langword="null"/> where there is no /proc.</summary>
    public static double[]? ReadLoad() => File.Exists("/proc/loadavg")
        ? [.. File.ReadAllText("/proc/loadavg").Split(' ').Take(3).Select(number => double.Parse(number, CultureInfo.InvariantCulture))]
        : null;

    /// <summary>Describes the machine, and its load before and after a benchmark.</summary>
    public string Describe(double[]? loadBefore, double[]? loadAfter) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processors} processors, {Processor ?? "unknown"}; load before {DescribeLoad(loadBefore)}, after {DescribeLoad(loadAfter)}");

    private static string DescribeLoad(double[]? load) =>
        load is null ? "unknown" : string.Join(" ", load.Select(number => number.ToString("0.00", CultureInfo.InvariantCulture)));

    private static string? ReadProcessor() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
        : null;
}
