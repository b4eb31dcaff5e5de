using Isar.Storage.Benchmarks;

if (!Arguments.TryParse(args, out Arguments? arguments, out string? problem))
{
    Console.Error.WriteLine(problem);
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}
if (arguments.Help)
{
    Console.WriteLine(Arguments.Usage);
    return 0;
}

bool failed = false;
foreach (string name in arguments.Names)
    failed |= !await Benchmark.RunAsync(name, arguments);
return failed ? 1 : 0;
