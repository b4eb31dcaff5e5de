namespace Isar.Storage.Benchmarks;

/// <summary>What was measured for one cell: a sample of each round, their median, and the median of their ratios to the reference.</summary>
internal sealed record CellResult(double Median, double? Ratio, IReadOnlyList<double> Samples);
