using Isar.Storage.Cases;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>Runs the cases of the provider, and tells what became of every member that SQLitePCLRaw asks of one.</summary>
public sealed class ProviderMemberTests
{
    /// <returns>A line for each member; the tests outside judge them, one by one.</returns>
    [Fact]
    public async Task<string> What_became_of_each_member()
    {
        foreach (Type type in typeof(ProviderMemberTests).Assembly.GetExportedTypes().Where(IsOfProvider))
        {
            foreach (SuiteCase test in SuiteCase.CasesOf(type))
            {
                ProviderRecorder.Instance.Case = $"{type.Name}.{test.Name}";
                try
                {
                    await test.RunAsync(() => Activator.CreateInstance(type)!);
                }
                finally
                {
                    ProviderRecorder.Instance.Case = null;
                }
            }
        }
        return string.Join('\n', ProviderRecorder.Instance.Describe());
    }

    private static bool IsOfProvider(Type type) =>
        type.Name.StartsWith("Provider", StringComparison.Ordinal) && !type.IsAbstract && type != typeof(ProviderMemberTests);
}
