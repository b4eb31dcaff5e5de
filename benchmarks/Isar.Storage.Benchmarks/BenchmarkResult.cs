namespace Isar.Storage.Benchmarks;

/// <summary>What one benchmark has told, and where it ran.</summary>
internal sealed record BenchmarkResult(
    string Name,
    string Browser,
    DateTimeOffset Started,
    string Arguments,
    MachineFacts Machine,
    double[]? LoadBefore,
    double[]? LoadAfter,
    IReadOnlyList<TableResult> Tables,
    IReadOnlyList<string> Notes,
    string? Error);
