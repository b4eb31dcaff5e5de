using System.Globalization;

namespace Isar.Storage.Benchmarks;

/// <summary>Collects samples and prints their medians, with the ratio to one column. Rows keep the order in which they came.</summary>
internal sealed class ResultTable(string title, string unit, string[] columns, string? reference)
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

    /// <summary>Gets the geometric mean of a column's ratios to the reference, over all rows.</summary>
    public double MeanRatio(string column) =>
        Math.Exp(_rows.Select(row => RatioToReference(row, _samples[(row, column)])).OfType<double>().Average(Math.Log));

    private string Cell(string row, string column)
    {
        if (!_samples.TryGetValue((row, column), out List<double>? values))
            return "-";
        double value = Median(values);
        string text = value.ToString(Math.Abs(value) < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture);
        return column != reference && RatioToReference(row, values) is { } ratio
            ? $"{text} ({ratio.ToString("0.00", CultureInfo.InvariantCulture)})"
            : text;
    }

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
