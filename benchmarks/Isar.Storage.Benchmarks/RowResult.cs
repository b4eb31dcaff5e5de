namespace Isar.Storage.Benchmarks;

/// <summary>The numbers of a row, by column.</summary>
internal sealed record RowResult(string Name, IReadOnlyDictionary<string, CellResult> Cells);
