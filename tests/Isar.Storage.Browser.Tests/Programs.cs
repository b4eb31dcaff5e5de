namespace Isar.Storage.Browser.Tests;

/// <summary>Finds the programs of this machine that tests start.</summary>
internal static class Programs
{
    /// <summary>Finds the program that an environment variable names, or else the first of the names that the search path has.</summary>
    /// <returns>Its path, or <see langword="null"/> when there is none.</returns>
    public static string? Find(string variable, params string[] names)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path)
            return path;
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}
