using System.Text.RegularExpressions;

namespace Isar.Storage.Tests;

/// <summary>A TypeScript module by its path, with the paths of the modules and the names of the packages that it imports.</summary>
internal sealed partial record SourceModule(string File, IReadOnlyList<string> Imports)
{
    /// <summary>Gets the modules of what is shipped.</summary>
    public static IReadOnlyList<SourceModule> Shipped { get; } =
        [.. Repository.ShippedFiles("*.ts").Select(file => new SourceModule(Repository.Relative(file), [.. ReadImports(file)]))];

    private static IEnumerable<string> ReadImports(string file) => Import().Matches(System.IO.File.ReadAllText(file))
        .Select(match => match.Groups["name"].Value)
        .Select(name => name.StartsWith('.') ? Repository.Relative(Path.Combine(file, "..", name + ".ts")) : name);

    [GeneratedRegex(@"^(?:import|export)\s(?:[^;']*\sfrom\s)?'(?<name>[^']+)'|\bimport\('(?<name>[^']+)'\)", RegexOptions.Multiline)]
    private static partial Regex Import();
}
