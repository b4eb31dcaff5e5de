using System.Diagnostics;

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

    /// <summary>Has the <c>sqlite3</c> program read a database.</summary>
    public static async Task<string> AskSqliteAsync(byte[] database, string sql)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, database);
            return await AskSqliteAsync(file, sql);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Has the <c>sqlite3</c> program make a database.</summary>
    public static async Task<byte[]> MakeDatabaseAsync(string sql)
    {
        string file = Path.GetTempFileName();
        try
        {
            await AskSqliteAsync(file, sql);
            return await File.ReadAllBytesAsync(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<string> AskSqliteAsync(string file, string sql)
    {
        string program = Find("SQLITE3_PATH", "sqlite3") ?? throw new InvalidOperationException("There is no sqlite3 program on this machine.");
        using Process process = Process.Start(new ProcessStartInfo(program, ["-batch", file, sql]) { RedirectStandardOutput = true })!;
        string answer = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return answer.Trim();
    }
}
