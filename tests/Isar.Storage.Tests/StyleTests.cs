using System.Text.RegularExpressions;
using Xunit;

namespace Isar.Storage.Tests;

/// <summary>Rules for the files of the whole repository that no analyzer holds.</summary>
public sealed partial class StyleTests
{
    /// <summary>Folders with the two halves of a binding, or with what they share. The folders of backends have two languages as well.</summary>
    private static readonly string[] _bothLanguages =
    [
        "Browser/Host", "Browser/Locks", "Browser/Provider", "Browser/Quota", "Browser/Vfs", "Browser/Worker", "Protocol",
    ];

    /// <summary>Files that are called the same in several projects, because there they are the same thing.</summary>
    private static readonly string[] _sameNames =
    [
        "Program.cs", "AssemblyInfo.cs", // Where .NET looks for them.
        "Log.cs", // The messages that a project logs.
        "Arguments.cs", // The command line of a program.
        "Engine.cs", // The SQLite that a test runs on: the process's own, or the worker's.
    ];

    private static IEnumerable<string> Sources =>
        ((string[])["*.cs", "*.ts", "*.mjs"]).SelectMany(pattern => Repository.FilesBelow(Repository.Root, pattern)).Select(Repository.Relative);

    [Fact]
    public void A_line_of_csharp_ends_where_the_style_says()
    {
        string style = File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig"));
        int columns = int.Parse(Columns().Match(style).Groups[1].Value);
        IEnumerable<string> tooLong =
            from file in Sources
            where file.EndsWith(".cs", StringComparison.Ordinal)
            from line in File.ReadLines(Path.Combine(Repository.Root, file)).Index()
            where line.Item.Length > columns
            select $"{file}:{line.Index + 1} has {line.Item.Length} columns";
        Assert.Empty(tooLong);
    }

    [Fact]
    public void A_folder_holds_one_language_unless_two_halves_belong_together()
    {
        IEnumerable<string> mixed = Sources.GroupBy(Repository.FolderOf, file => file.EndsWith(".cs", StringComparison.Ordinal))
            .Where(folder => folder.Distinct().Count() > 1)
            .Select(folder => folder.Key)
            .Where(folder => !folder.StartsWith("Backends.", StringComparison.Ordinal));
        Assert.Equal(_bothLanguages, mixed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_name_means_one_thing()
    {
        IEnumerable<string> several = Sources
            .GroupBy(file => file[(file.LastIndexOf('/') + 1)..], StringComparer.OrdinalIgnoreCase)
            .Where(files => files.Select(BackendOrFile).Distinct().Count() > 1)
            .Select(files => files.Key);
        Assert.Equal(_sameNames.Order(StringComparer.Ordinal), several.Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// Errors of the storage reach pages in TypeScript, which have no members of C#: they say what to do and not which member does it.
    /// <see cref="InvalidOperationException"/>, which is for the caller in C#, may.
    /// </summary>
    [Fact]
    public void Errors_that_reach_a_page_name_no_member_of_csharp()
    {
        string[] below = ["Abstractions/", "Backends.", "Browser/Statements/", "Browser/Host/", "Protocol/", "Sqlite/"];
        IEnumerable<string> faults =
            from file in Sources
            where below.Any(folder => file.StartsWith(folder, StringComparison.Ordinal))
            let lines = File.ReadLines(Path.Combine(Repository.Root, file))
                .Where(static line => !line.TrimStart().StartsWith("///", StringComparison.Ordinal))
            let text = string.Join('\n', lines)
            from Match literal in Literals().Matches(text)
            where Member().IsMatch(literal.Value)
            where !text[..literal.Index].TrimEnd(' ', '\n', '(', '$').EndsWith("InvalidOperationException", StringComparison.Ordinal)
            select $"{file}: {literal.Value}";
        Assert.Empty(faults);
    }

    /// <summary>Backends are built alike, so files in them may have the same names.</summary>
    private static string BackendOrFile(string file) => file.StartsWith("Backends.", StringComparison.Ordinal) ? "Backends" : file;

    /// <summary>Texts of several words.</summary>
    [GeneratedRegex("""(["'])[A-Z](?:(?!\1)[^\\\n]|\\.)* (?:(?!\1)[^\\\n]|\\.)*\1""")]
    private static partial Regex Literals();

    [GeneratedRegex(@"\w+Async\b|\bIsarStorageOptions\b|\bConfigureConnections\b")]
    private static partial Regex Member();

    [GeneratedRegex(@"^max_line_length = (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Columns();
}
