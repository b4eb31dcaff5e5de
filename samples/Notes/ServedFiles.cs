using System.Globalization;
using System.Text;
using Microsoft.Extensions.FileProviders;

namespace Isar.Storage.Samples.Notes;

/// <summary>Tells what the page gets from this server, and how large it is.</summary>
internal static class ServedFiles
{
    private const double BytesPerMegabyte = 1_000_000;

    public static string Describe(IFileProvider files)
    {
        StringBuilder text = new();
        foreach (IGrouping<string, IFileInfo> kind in List(files, "").GroupBy(KindOf).OrderBy(kind => kind.Key, StringComparer.Ordinal))
            text.AppendLine(CultureInfo.InvariantCulture, $"  {kind.Key,-16} {kind.Sum(file => file.Length) / BytesPerMegabyte,5:0.00} MB");
        return text.ToString();
    }

    private static IEnumerable<IFileInfo> List(IFileProvider files, string directory)
        => files.GetDirectoryContents(directory).SelectMany(
            entry => entry.IsDirectory ? List(files, $"{directory}/{entry.Name}") : [entry]);

    private static string KindOf(IFileInfo file) => file.Name switch
    {
        string name when name.StartsWith("sqlite3.", StringComparison.Ordinal) => "SQLite",
        string name when name.StartsWith("dotnet.", StringComparison.Ordinal) => ".NET runtime",
        string name when name.StartsWith("assemblies.", StringComparison.Ordinal) => ".NET assemblies",
        string name when name.EndsWith(".map", StringComparison.Ordinal) => "source maps",
        _ => "page and scripts",
    };
}
