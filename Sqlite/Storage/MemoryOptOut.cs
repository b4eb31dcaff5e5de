namespace Isar.Storage.Sqlite;

/// <summary>The three ways to say "store nothing", which mean the same.</summary>
internal static class MemoryOptOut
{
    /// <summary>Gets the reason why everything is kept in memory, or <see langword="null"/>.</summary>
    public static string? ReasonOf(IsarStorageOptions options)
    {
        if (options.MemoryOnly)
            return "the options ask for memory only";
        if (options.Directory == IsarStorageOptions.MemoryDirectory)
            return $"the directory is {IsarStorageOptions.MemoryDirectory}";
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(IsarStorageOptions.MemoryEnvironmentVariable)))
            return $"the environment variable {IsarStorageOptions.MemoryEnvironmentVariable} is set";
        return null;
    }
}
