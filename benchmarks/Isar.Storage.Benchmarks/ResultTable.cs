using System.Globalization;

namespace Isar.Storage.Benchmarks;

/// <summary>
/// Collects samples and prints their medians, with the ratio to one column, and with <paramref name="mean"/> the geometric mean of the ratios.
/// Rows keep the order in which they came.
/// </summary>
internal sealed class ResultTable(string title, string unit, string[] columns, string? reference, bool mean)
{
    private readonly List<string> _rows = [];
    private readonly Dictionary<(string Row, string Column), List<double>> _samples = [];

    public void Add(string row, string column, double value)
    {
        if (!_rows.Contains(row))
            _rows.Add(row);
        if (!_samples.TryGetValue((row, column), out List<double>? values))
            _samples.Add((row, column), values = []);
        values.Add(value);
    }

    public void Print(TextWriter output)
    {
        List<string[]> lines = [[$"{title} ({unit})", .. columns]];
        foreach (string row in _rows)
            lines.Add([row, .. columns.Select(column => Cell(row, column))]);
        if (mean && _rows.Count > 0)
            lines.Add(["geometric mean of the ratios", .. columns.Select(column => Mean(column) is { } value ? $"({Format(value, 2)})" : "-")]);
        int[] widths = [.. Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length))];
        output.WriteLine();
        for (int i = 0; i < lines.Count; i++)
        {
            WriteLine(lines[i].Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column])));
            if (i == 0)
                WriteLine(widths.Select((width, column) => column == 0 ? new string('-', width) : new string('-', width - 1) + ":"));
        }

        void WriteLine(IEnumerable<string> cells) => output.WriteLine($"| {string.Join(" | ", cells)} |");
    }

    public TableResult ToResult()
    {
        RowResult[] rows = [.. _rows.Select(row => new RowResult(row, Cells(row)))];
        Dictionary<string, double> means = [];
        foreach (string column in columns)
        {
            if (mean && Mean(column) is { } value)
                means.Add(column, value);
        }
        return new TableResult(title, unit, reference, rows, mean ? means : null);
    }

    private Dictionary<string, CellResult> Cells(string row)
    {
        Dictionary<string, CellResult> cells = [];
        foreach (string column in columns)
        {
            if (_samples.TryGetValue((row, column), out List<double>? values))
                cells.Add(column, new CellResult(Median(values), column == reference ? null : RatioToReference(row, values), values));
        }
        return cells;
    }

    /// <summary>Only for who has done all of it: who did the easier half would look too good.</summary>
    private double? Mean(string column)
    {
        double sum = 0;
        foreach (string row in _rows)
        {
            if (!_samples.TryGetValue((row, column), out List<double>? values) || RatioToReference(row, values) is not { } ratio)
                return null;
            sum += Math.Log(ratio);
        }
        return Math.Exp(sum / _rows.Count);
    }

    private string Cell(string row, string column)
    {
        if (!_samples.TryGetValue((row, column), out List<double>? values))
            return "-";
        double value = Median(values);
        string text = Format(value, Math.Abs(value) < 9.95 ? 2 : Math.Abs(value) < 99.5 ? 1 : 0);
        return column != reference && RatioToReference(row, values) is { } ratio ? $"{text} ({Format(ratio, 2)})" : text;
    }

    private static string Format(double value, int decimals) => value.ToString($"F{decimals}", CultureInfo.InvariantCulture);

    /// <summary>The median of the ratios and not the ratio of the medians: only what was measured side by side can be compared.</summary>
    private double? RatioToReference(string row, List<double> values)
    {
        if (reference is null || !_samples.TryGetValue((row, reference), out List<double>? against))
            return null;
        double[] ratios = [.. values.Zip(against).Where(pair => pair.Second > 0).Select(pair => pair.First / pair.Second)];
        return ratios.Length == 0 ? null : Median(ratios);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
