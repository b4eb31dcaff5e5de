using System.Reflection;

namespace Isar.Storage.Browser.Tests;

/// <summary>Where the build left what the tests serve and start.</summary>
internal static class BuiltFiles
{
    /// <summary>Gets the TypeScript client and the worker, as an app serves them.</summary>
    public static string ClientDirectory { get; } = Path.Combine(Value("RepositoryRoot"), "Client", "wwwroot");

    /// <summary>Gets the name of a file beside the worker's script, which holds a hash of its content.</summary>
    /// <param name="pattern">The name with <c>*</c> in the hash's place.</param>
    public static string WorkerFile(string pattern) => Path.GetFileName(Directory.GetFiles(ClientDirectory, pattern).Single());

    /// <summary>Gets the functions for the scripts of tests.</summary>
    public static string ScriptDirectory { get; } = SourceFile("tests/Isar.Storage.Browser.Tests/wwwroot");

    /// <summary>Gets the worker that runs cases inside the browser.</summary>
    public static string CaseWorkerDirectory { get; } = Path.Combine(
        Value("RepositoryRoot"), "tests", "Isar.Storage.Browser.Tests.Worker", "bin", Value("Configuration"), "worker");

    /// <summary>Gets the worker that runs the cases of data access.</summary>
    public static string DataWorkerDirectory { get; } = Path.Combine(
        Value("RepositoryRoot"), "tests", "Isar.Storage.Browser.Tests.DataWorker", "bin", Value("Configuration"), "worker");

    /// <summary>Gets the plain page in .NET that runs cases: its own files, and what the build made.</summary>
    public static string[] CasePageDirectories { get; } =
    [
        Path.Combine(Value("RepositoryRoot"), "tests", "Isar.Storage.Browser.Tests.Page", "wwwroot"),
        Path.Combine(Value("RepositoryRoot"), "tests", "Isar.Storage.Browser.Tests.Page", "bin", Value("Configuration"), "page"),
    ];

    /// <summary>Gets the program of the Notes sample.</summary>
    public static string NotesAssembly { get; } = Path.Combine(
        Value("RepositoryRoot"), "samples", "Notes", "bin", Value("Configuration"), "net10.0", "Notes.dll");

    /// <summary>Gets the site of the OwnWorker sample.</summary>
    public static string OwnWorkerDirectory { get; } = Path.Combine(
        Value("RepositoryRoot"), "samples", "OwnWorker", "bin", Value("Configuration"), "site");

    /// <summary>Gets where a file of the repository is.</summary>
    public static string SourceFile(string path) => Path.Combine(Value("RepositoryRoot"), path);

    private static string Value(string key) =>
        typeof(BuiltFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
