using System.Globalization;
using System.Runtime.InteropServices;

namespace Isar.Storage.Benchmarks;

/// <summary>One benchmark: serves its page, starts a browser on it, and prints what the page tells.</summary>
internal static class Benchmark
{
    /// <summary>A page that tells nothing for so long hangs.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    /// <returns>Whether the page came to its end.</returns>
    public static async Task<bool> RunAsync(string name, Arguments arguments)
    {
        await using BenchmarkSite site = await BenchmarkSite.StartAsync();
        using BrowserProcess browser = BrowserProcess.Start(arguments.Browser, $"{site.Url}?name={name}{(arguments.Quick ? "&quick" : "")}");
        site.Browser = browser;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name}, {browser.Version}, {RuntimeInformation.OSDescription}, {DateTime.Now:d MMMM yyyy}"));
        var tables = new Dictionary<string, ResultTable>();
        string? error;
        try
        {
            error = await ReadAsync(site, tables);
        }
        catch (TimeoutException)
        {
            error = $"the page has told nothing for {_patience.TotalMinutes} minutes";
        }
        foreach (ResultTable table in tables.Values)
            table.Print(Console.Out);
        if (error is not null)
            Console.Error.WriteLine($"{name} failed: {error}");
        return error is null;
    }

    private static async Task<string?> ReadAsync(BenchmarkSite site, Dictionary<string, ResultTable> tables)
    {
        while (true)
        {
            Message message = await site.Messages.ReadAsync().AsTask().WaitAsync(_patience);
            switch (message.Kind)
            {
                case "table":
                    tables.Add(message.Table!, new ResultTable(message.Title!, message.Unit!, message.Columns!, message.Reference));
                    break;
                case "sample":
                    tables[message.Table!].Add(message.Row!, message.Column!, message.Value);
                    break;
                case "note":
                    Console.Error.WriteLine($"  {message.Text}");
                    break;
                case "end":
                    return message.Error;
            }
        }
    }
}
