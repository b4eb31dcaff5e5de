using System.Text.Json;
using Isar.Storage.Benchmarks;
using Isar.Storage.Benchmarks.Native;

if (!Arguments.TryParse(args, out Arguments? arguments, out string? problem))
{
    Console.Error.WriteLine($"{problem} See ./bench.sh --help.");
    return 2;
}

var results = new List<BenchmarkResult>();
foreach (string name in arguments.Names)
    results.Add(name == Arguments.Native ? NativeBenchmark.Run(arguments) : await Benchmark.RunAsync(name, arguments));
if (arguments.Json is { } file)
{
    var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true };
    await File.WriteAllTextAsync(file, JsonSerializer.Serialize(results, options));
}
return results.Exists(result => result.Error is not null) ? 1 : 0;
