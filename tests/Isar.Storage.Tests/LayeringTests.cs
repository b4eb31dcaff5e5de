using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Isar.Storage.Tests;

/// <summary>
/// Dependencies point one way: worker and samples to Browser to Sqlite to Abstractions; a backend and the client to Abstractions only. The
/// TypeScript of worker and page meets in Protocol.
/// </summary>
public sealed class LayeringTests
{
    private const string Abstractions = "Isar.Storage.Abstractions";
    private const string BackendPrefix = "Isar.Storage.Backends.";
    private const string Memory = "Isar.Storage.Backends.Memory";
    private const string Sqlite = "Isar.Storage.Sqlite";
    private const string Browser = "Isar.Storage.Browser";
    private const string Worker = "Isar.Storage.Worker";
    private const string Client = "Isar.Storage.Client";

    private static readonly string[] _engine = ["SQLitePCL", "Microsoft.Data.Sqlite", "e_sqlite3"];
    private static readonly string[] _interop = ["JSImport", "JSExport", "System.Runtime.InteropServices.JavaScript"];

    public static TheoryData<string> Projects => [.. Repository.Shipped.Select(project => project.Name)];

    public static TheoryData<string> Backends => [.. Repository.Shipped.Select(project => project.Name).Where(IsBackend)];

    [Fact]
    public void The_projects_are_found()
    {
        Assert.Contains(Abstractions, Repository.Shipped.Select(project => project.Name));
        Assert.NotEmpty(Backends);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_layers_below(string project)
        => Assert.All(
            Find(project).Projects, reference => Assert.True(MayUse(project, reference), $"{project} must not refer to {reference}."));

    [Theory]
    [MemberData(nameof(Projects))]
    public void An_assembly_uses_only_layers_below(string project)
    {
        string file = Path.Combine(AppContext.BaseDirectory, project + ".dll");
        if (!File.Exists(file))
            return;
        using var image = new PEReader(File.OpenRead(file));
        MetadataReader metadata = image.GetMetadataReader();
        IEnumerable<string> references = metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name));
        foreach (string reference in references.Where(name => name.StartsWith("Isar.Storage", StringComparison.Ordinal)))
            Assert.True(MayUse(project, reference), $"{project} must not use {reference}.");
    }

    [Fact]
    public void The_assemblies_of_the_layers_were_looked_at()
    {
        foreach (string project in (string[])[Abstractions, Memory, "Isar.Storage.Backends.Native", Sqlite])
            Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, project + ".dll")), project);
    }

    [Fact]
    public void The_contract_knows_neither_sqlite_nor_javascript()
        => AssertKnowsNothingOf(Find(Abstractions), [.. _engine, .. _interop]);

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_backend_knows_nothing_of_sqlite(string backend) => AssertKnowsNothingOf(Find(backend), _engine);

    [Fact]
    public void A_page_carries_no_engine()
    {
        if (Repository.Shipped.Any(project => project.Name == Client))
            AssertKnowsNothingOf(Find(Client), _engine);
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void The_typescript_of_a_backend_stands_beside_its_csharp(string backend)
    {
        SourceProject project = Find(backend);
        bool imports = project.Sources("*.cs").Any(file => File.ReadAllText(file).Contains("[JSImport", StringComparison.Ordinal));
        Assert.Equal(imports, project.Sources("*.ts").Any());
        string module = backend[BackendPrefix.Length..];
        IEnumerable<string> elsewhere = Repository.Shipped.Where(other => other != project)
            .SelectMany(other => other.Sources("*.ts"))
            .Where(file => Path.GetFileName(file).Contains(module, StringComparison.OrdinalIgnoreCase));
        Assert.Empty(elsewhere);
    }

    [Fact]
    public void A_module_imports_only_layers_below() => Assert.All(SourceModule.Shipped, module => Assert.All(
        module.Imports, import => Assert.True(MayImport(module.File, import), $"{module.File} must not import {import}.")));

    [Fact]
    public void Modules_do_not_import_each_other_in_a_circle() => Assert.Null(FindCircle(Imports));

    [Fact]
    public void Folders_of_modules_do_not_import_each_other_in_a_circle()
    {
        IEnumerable<(string From, string To)> imports = Imports.Select(import => (Repository.FolderOf(import.From), Repository.FolderOf(import.To)));
        Assert.Null(FindCircle(imports.Where(import => import.From != import.To)));
    }

    [Theory]
    [InlineData("a>b b>c b>d d>b", "b -> d -> b")]
    [InlineData("a>b e>e", "e -> e")]
    [InlineData("a>b a>c b>d c>d", null)]
    public void The_rule_finds_circles(string imports, string? circle)
        => Assert.Equal(circle, FindCircle(imports.Split(' ').Select(import => (import[..1], import[2..]))));

    [Fact]
    public void The_modules_are_found()
    {
        Assert.Contains(("Browser/Host/host.ts", "Protocol/protocol.ts"), Imports);
        Assert.Contains(("Client/Script/client.ts", "Client/Script/database.ts"), Imports);
        Assert.Contains(("Browser/Engine/engine.ts", "@sqlite.org/sqlite-wasm"), Imports);
    }

    private static IEnumerable<(string From, string To)> Imports
        => SourceModule.Shipped.SelectMany(module => module.Imports, (module, import) => (module.File, import));

    private static bool MayImport(string module, string import)
    {
        string project = module.Split('/')[0], other = import.Split('/')[0];
        return project switch
        {
            "Protocol" => other == project,
            "Client" => other == project || other == "Protocol",
            "Browser" => other == project || other == "Protocol" || import == "@sqlite.org/sqlite-wasm",
            _ when project.StartsWith("Backends.", StringComparison.Ordinal) => other == project,
            _ => throw new InvalidOperationException($"No rule says what {module} may import; add one here."),
        };
    }

    /// <summary>Finds names that import each other in a circle: each once, and the first one at the end again.</summary>
    private static string? FindCircle(IEnumerable<(string From, string To)> imports)
    {
        ILookup<string, string> targets = imports.ToLookup(import => import.From, import => import.To);
        HashSet<string> seen = [];
        List<string> path = [];
        return FindAny(targets.Select(group => group.Key));

        string? FindAny(IEnumerable<string> names) => names.Select(Find).FirstOrDefault(circle => circle is not null);

        string? Find(string name)
        {
            if (path.Contains(name))
                return string.Join(" -> ", path.SkipWhile(other => other != name).Append(name));
            if (!seen.Add(name))
                return null;
            path.Add(name);
            string? circle = FindAny(targets[name]);
            path.RemoveAt(path.Count - 1);
            return circle;
        }
    }

    private static bool MayUse(string project, string reference) => project switch
    {
        Abstractions => false,
        _ when IsBackend(project) => reference == Abstractions,
        // Memory holds SQLite's temporary files and is what an app that opts out of storing gets.
        Sqlite => reference is Abstractions or Memory,
        Browser => reference is Sqlite || MayUse(Sqlite, reference),
        Worker => reference is Browser || IsBackend(reference) || MayUse(Browser, reference),
        // The names of what both sides report; nothing of it runs SQL or JavaScript.
        Client => reference == Abstractions,
        _ => throw new InvalidOperationException($"No rule says what {project} may use; add one here."),
    };

    private static bool IsBackend(string name) => name.StartsWith(BackendPrefix, StringComparison.Ordinal);

    private static SourceProject Find(string name) => Repository.Shipped.Single(project => project.Name == name);

    private static void AssertKnowsNothingOf(SourceProject project, string[] words)
    {
        Assert.DoesNotContain(project.Packages, package => words.Any(word => package.Contains(word, StringComparison.OrdinalIgnoreCase)));
        foreach (string file in project.Sources("*.cs").Concat(project.Sources("*.ts")))
        {
            string source = File.ReadAllText(file);
            Assert.All(words, word => Assert.False(source.Contains(word, StringComparison.Ordinal), $"{file} mentions {word}."));
        }
    }
}
