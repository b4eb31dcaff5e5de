namespace Isar.Storage.Benchmarks;

/// <summary>The numbers of a table, with the geometric mean of each column's ratios where the table has such a row.</summary>
internal sealed record TableResult(
    string Title, string Unit, string? Reference, IReadOnlyList<RowResult> Rows, IReadOnlyDictionary<string, double>? Means);
