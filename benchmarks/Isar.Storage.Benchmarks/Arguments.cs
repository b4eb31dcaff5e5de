using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Isar.Storage.Benchmarks;

/// <summary>What the command line says. <paramref name="Page"/> has what only the page needs, as its address tells it.</summary>
internal sealed record Arguments(IReadOnlyList<string> Names, string Browser, string Page, string? Json)
{
    /// <summary>The one that needs no browser.</summary>
    public const string Native = "native";

    private static readonly string[] _names = ["peers", "indexeddb-open", "leases", "storage", "blocks", "trace", Native];
    private static readonly string[] _browsers = ["chromium", "firefox"];

    /// <summary>The same names as in peers.ts.</summary>
    private static readonly string[] _groups = ["start", "calls", "bulk", "large", "classic"];

    private static readonly string[] _storages = ["opfs", "indexeddb"];

    public bool IsQuick => Page.Contains("&quick", StringComparison.Ordinal);

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? arguments, [NotNullWhen(false)] out string? problem)
    {
        arguments = new Arguments(_names, _browsers[0], Page: "", Json: null);
        problem = null;
        for (int i = 0; i < args.Length && problem is null; i++)
        {
            string argument = args[i];
            string value = i + 1 < args.Length ? args[i + 1] : "";
            switch (argument)
            {
                case "--quick":
                    arguments = arguments with { Page = arguments.Page + "&quick" };
                    continue;
                case "--browser" when _browsers.Contains(value):
                    arguments = arguments with { Browser = value };
                    break;
                case "--only" when AreAmong(_groups, value):
                case "--storage" when AreAmong(_storages, value):
                case "--against" when value.Length > 0:
                case "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out int rounds) && rounds > 0:
                    arguments = arguments with { Page = $"{arguments.Page}&{argument[2..]}={Uri.EscapeDataString(value)}" };
                    break;
                case "--json" when value.Length > 0:
                    arguments = arguments with { Json = value };
                    break;
                default:
                    if (_names.Contains(argument))
                        arguments = arguments with { Names = [argument] };
                    else
                        problem = Explain(argument);
                    continue;
            }
            i++;
        }
        return problem is null;
    }

    private static bool AreAmong(string[] names, string value) => value.Split(',').All(names.Contains);

    private static string Explain(string argument) => argument switch
    {
        "--browser" => "--browser takes chromium or firefox.",
        "--only" => $"--only takes some of {string.Join(", ", _groups)}, with commas between them.",
        "--storage" => "--storage takes opfs or indexeddb.",
        "--against" => "--against takes parts of the names of peers, with commas between them.",
        "--rounds" => "--rounds takes a number from 1.",
        "--json" => "--json takes the name of a file.",
        _ => $"There is no benchmark or option \"{argument}\".",
    };
}
