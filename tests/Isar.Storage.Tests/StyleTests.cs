using System.Text.RegularExpressions;
using Xunit;

namespace Isar.Storage.Tests;

/// <summary>Rules for the files of the whole repository that no analyzer holds.</summary>
public sealed partial class StyleTests
{
    /// <summary>Folders, by the beginning of their paths, whose lines may still be longer.</summary>
    private static readonly string[] _longLines = ["tests/Isar.Storage.Browser.Tests"];

    private static IEnumerable<string> Sources =>
        ((string[])["*.cs", "*.ts", "*.mjs"]).SelectMany(pattern => Repository.FilesBelow(Repository.Root, pattern)).Select(Repository.Relative);

    [Fact]
    public void A_line_of_csharp_ends_where_the_style_says()
    {
        string style = File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig"));
        int columns = int.Parse(Columns().Match(style).Groups[1].Value);
        IEnumerable<string> tooLong =
            from file in Sources
            where file.EndsWith(".cs", StringComparison.Ordinal) && !_longLines.Any(folder => file.StartsWith(folder, StringComparison.Ordinal))
            from line in File.ReadLines(Path.Combine(Repository.Root, file)).Index()
            where line.Item.Length > columns
            select $"{file}:{line.Index + 1} has {line.Item.Length} columns";
        Assert.Empty(tooLong);
    }

    [GeneratedRegex(@"^max_line_length = (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Columns();
}
