using System.Diagnostics.CodeAnalysis;

namespace Isar.Storage.Benchmarks;

/// <summary>What the command line says.</summary>
internal sealed record Arguments(IReadOnlyList<string> Names, bool Quick, string Browser, bool Help)
{
    public const string Usage = """
        Usage: ./bench.sh [NAME] [--quick] [--browser chromium|firefox]

        Builds everything, runs one benchmark or all of them in a real browser, and prints what it measured.

          peers            the same SQL through our worker and through other libraries
          indexeddb-open   opening a large database: time and memory
          leases           what taking turns with other tabs costs who is alone, and what two tabs get
          storage          what single operations of the browser's storage cost
          blocks           what the size of the blocks does to a database in IndexedDB

          --quick          less of everything: to see that it runs, not to quote numbers from
          --browser NAME   chromium (default) or firefox
        """;

    private static readonly string[] _names = ["peers", "indexeddb-open", "leases", "storage", "blocks"];
    private static readonly string[] _browsers = ["chromium", "firefox"];

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? arguments, [NotNullWhen(false)] out string? problem)
    {
        arguments = new Arguments(_names, Quick: false, _browsers[0], Help: false);
        problem = null;
        for (int i = 0; i < args.Length; i++)
        {
            string argument = args[i];
            if (argument is "--help" or "-h")
                arguments = arguments with { Help = true };
            else if (argument == "--quick")
                arguments = arguments with { Quick = true };
            else if (argument == "--browser" && i + 1 < args.Length && _browsers.Contains(args[i + 1]))
                arguments = arguments with { Browser = args[++i] };
            else if (_names.Contains(argument))
                arguments = arguments with { Names = [argument] };
            else
                problem = argument == "--browser" ? "--browser takes chromium or firefox." : $"There is no benchmark or option \"{argument}\".";
        }
        return problem is null;
    }
}
