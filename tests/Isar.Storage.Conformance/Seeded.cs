using System.Globalization;
using Xunit.Sdk;

namespace Isar.Storage.Conformance;

/// <summary>Runs a random case, and says in its failure how to repeat it.</summary>
public static class Seeded
{
    /// <summary>The environment variable that fixes the seed.</summary>
    public const string SeedVariable = "ISAR_STORAGE_SEED";

    public static async Task RunAsync(Func<Random, Task> run)
    {
        string? wanted = Environment.GetEnvironmentVariable(SeedVariable);
        int seed = string.IsNullOrEmpty(wanted) ? Random.Shared.Next() : int.Parse(wanted, CultureInfo.InvariantCulture);
        try
        {
            await run(new Random(seed));
        }
        catch (Exception failure)
        {
            throw new XunitException($"With {SeedVariable}={seed}: {failure.Message}", failure);
        }
    }
}
