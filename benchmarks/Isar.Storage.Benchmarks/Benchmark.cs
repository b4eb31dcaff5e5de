using System.Globalization;

namespace Isar.Storage.Benchmarks;

/// <summary>One benchmark: serves its page, starts a browser on it, and prints what the page tells.</summary>
internal static class Benchmark
{
    /// <summary>A page that tells nothing for so long hangs.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    /// <returns>What the page has told, with an error when it did not come to its end.</returns>
    public static async Task<BenchmarkResult> RunAsync(string name, Arguments arguments)
    {
        await using BenchmarkSite site = await BenchmarkSite.StartAsync();
        DateTimeOffset started = DateTimeOffset.Now;
        double[]? loadBefore = MachineFacts.ReadLoad();
        MachineFacts machine = MachineFacts.Read();
        using BrowserProcess browser = BrowserProcess.Start(arguments.Browser, $"{site.Url}?name={name}{arguments.Page}");
        site.Browser = browser;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, {browser.Version}, {machine.System}, {started:d MMMM yyyy}"));
        var tables = new Dictionary<string, ResultTable>();
        var notes = new List<string>();
        string? error;
        try
        {
            error = await ReadAsync(site, tables, notes);
        }
        catch (TimeoutException)
        {
            error = $"the page has told nothing for {_patience.TotalMinutes} minutes";
        }
        double[]? loadAfter = MachineFacts.ReadLoad();
        Console.WriteLine(machine.Describe(loadBefore, loadAfter));
        foreach (ResultTable table in tables.Values)
            table.Print(Console.Out);
        if (error is not null)
            Console.Error.WriteLine($"{name} failed: {error}");
        TableResult[] results = [.. tables.Values.Select(table => table.ToResult())];
        return new BenchmarkResult(name, browser.Version, started, arguments.Page, machine, loadBefore, loadAfter, results, notes, error);
    }

    private static async Task<string?> ReadAsync(BenchmarkSite site, Dictionary<string, ResultTable> tables, List<string> notes)
    {
        while (true)
        {
            Message message = await site.Messages.ReadAsync().AsTask().WaitAsync(_patience);
            switch (message.Kind)
            {
                case "table":
                    tables.Add(message.Table!, new ResultTable(message.Title!, message.Unit!, message.Columns!, message.Reference, message.Mean));
                    break;
                case "sample":
                    tables[message.Table!].Add(message.Row!, message.Column!, message.Value);
                    break;
                case "note":
                    Console.Error.WriteLine($"  {message.Text}");
                    notes.Add(message.Text!);
                    break;
                case "end":
                    return message.Error;
            }
        }
    }
}
