using System.Diagnostics.CodeAnalysis;

namespace Isar.Storage.Benchmarks;

/// <summary>What the command line says.</summary>
internal sealed record Arguments(IReadOnlyList<string> Names, bool Quick, string Browser)
{
    /// <summary>The one that needs no browser.</summary>
    public const string Native = "native";

    private static readonly string[] _names = ["peers", "indexeddb-open", "leases", "storage", "blocks", Native];
    private static readonly string[] _browsers = ["chromium", "firefox"];

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? arguments, [NotNullWhen(false)] out string? problem)
    {
        arguments = new Arguments(_names, Quick: false, _browsers[0]);
        problem = null;
        for (int i = 0; i < args.Length; i++)
        {
            string argument = args[i];
            if (argument == "--quick")
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
