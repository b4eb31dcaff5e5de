namespace Isar.Storage.Browser.Tests;

/// <summary>What kind of run this is.</summary>
internal static class TestRun
{
    /// <summary>
    /// Gets whether what is random is to be repeated more often than usual, and what is large to be larger: <c>./test.sh --long</c>.
    /// </summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("ISAR_STORAGE_LONG") is { Length: > 0 };
}
