using Isar.Storage.Benchmarks;

if (!Arguments.TryParse(args, out Arguments? arguments, out string? problem))
{
    Console.Error.WriteLine($"{problem} See ./bench.sh --help.");
    return 2;
}

bool failed = false;
foreach (string name in arguments.Names)
    failed |= !await Benchmark.RunAsync(name, arguments);
return failed ? 1 : 0;
