using Isar.Storage.Benchmarks;
using Isar.Storage.Benchmarks.Native;

if (!Arguments.TryParse(args, out Arguments? arguments, out string? problem))
{
    Console.Error.WriteLine($"{problem} See ./bench.sh --help.");
    return 2;
}

bool failed = false;
foreach (string name in arguments.Names)
{
    if (name == Arguments.Native)
        NativeBenchmark.Run(arguments.Quick);
    else
        failed |= !await Benchmark.RunAsync(name, arguments);
}
return failed ? 1 : 0;
