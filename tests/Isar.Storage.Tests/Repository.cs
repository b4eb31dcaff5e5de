using System.Xml.Linq;

namespace Isar.Storage.Tests;

/// <summary>The files of this repository, for tests about the code itself.</summary>
internal static class Repository
{
    private static readonly string[] _notShipped = ["tests", "samples", "benchmarks"];

    public static string Root { get; } = FindRoot();

    /// <summary>Gets the projects that are shipped.</summary>
    public static IReadOnlyList<SourceProject> Shipped { get; } =
    [
        .. ShippedFiles("*.csproj").Select(file => new SourceProject(file)).OrderBy(project => project.Name),
    ];

    /// <summary>Finds files of what is shipped.</summary>
    public static IEnumerable<string> ShippedFiles(string pattern) =>
        FilesBelow(Root, pattern).Where(file => !_notShipped.Contains(Relative(file).Split('/')[0]));

    /// <summary>Finds files in a folder and below, without what a build makes.</summary>
    public static IEnumerable<string> FilesBelow(string folder, string pattern) =>
        Directory.EnumerateDirectories(folder)
            .Where(child => Path.GetFileName(child) is not ("bin" or "obj" or "artifacts" or "node_modules" or ".git"))
            .Where(child => Relative(child) != "Client/wwwroot")
            .SelectMany(child => FilesBelow(child, pattern))
            .Concat(Directory.EnumerateFiles(folder, pattern));

    /// <summary>Gets the path of a file or folder from the root, with slashes.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Gets the folder of a file by its path from the root, empty for the root itself.</summary>
    public static string FolderOf(string relative) => relative[..Math.Max(relative.LastIndexOf('/'), 0)];

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Isar.Storage.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"No Isar.Storage.sln above {AppContext.BaseDirectory}.");
    }
}

/// <summary>A project by its file.</summary>
internal sealed class SourceProject
{
    private readonly XElement _content;

    public SourceProject(string file)
    {
        Name = Path.GetFileNameWithoutExtension(file);
        Folder = Path.GetDirectoryName(file)!;
        _content = XDocument.Load(file).Root!;
    }

    public string Name { get; }

    public string Folder { get; }

    /// <summary>Gets the names of the projects whose assemblies it uses; one that is only built before it does not count.</summary>
    public IEnumerable<string> Projects => _content.Descendants("ProjectReference")
        .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
        .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!.Value.Replace('\\', '/')));

    public IEnumerable<string> Packages => _content.Descendants("PackageReference")
        .Select(reference => (string)reference.Attribute("Include")!);

    /// <summary>Gets the source files, without those of a project inside this one's folder.</summary>
    public IEnumerable<string> Sources(string pattern) => Repository.FilesBelow(Folder, pattern).Where(file => Owner(file) == Folder);

    private static string Owner(string file)
    {
        string folder = Path.GetDirectoryName(file)!;
        while (Directory.GetFiles(folder, "*.csproj").Length == 0)
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
