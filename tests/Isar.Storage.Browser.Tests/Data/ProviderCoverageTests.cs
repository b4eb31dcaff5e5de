using System.Diagnostics.CodeAnalysis;
using Isar.Storage.Browser.Tests.Worker;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>
/// Every member that SQLitePCLRaw asks of a provider, by reflection: one test for each, which shows the case that had it work in the
/// browser, or why it is refused. A new member, or one whose last case went, fails here.
/// </summary>
[Collection(DataTests.Name)]
[SuppressMessage("Interoperability", "CA1416", Justification = "The list of members is read by reflection, which works anywhere.")]
public sealed class ProviderCoverageTests(ProviderCoverageTests.Results results, ITestOutputHelper output)
    : IClassFixture<ProviderCoverageTests.Results>
{
    public static TheoryData<string> Members { get; } = [.. ProviderMember.Names];

    [Theory]
    [MemberData(nameof(Members))]
    public void Works_in_the_browser_or_is_refused_with_a_reason(string member)
    {
        string said = Assert.Contains(member, results.Said);
        output.WriteLine($"{member}: {said}");
        Assert.Matches("^(exercised by|refused: .{20})", said);
    }

    [Fact]
    public void The_list_is_that_of_the_browser() => Assert.Equal(ProviderMember.Names, results.Said.Keys.Order(StringComparer.Ordinal));

    public sealed class Results(BrowserFixture browser) : ChromiumCaseResults(browser, "/cases", nameof(Worker.ProviderMemberTests))
    {
        public IReadOnlyDictionary<string, string> Said { get; private set; } = new Dictionary<string, string>();

        public override async Task InitializeAsync()
        {
            await base.InitializeAsync();
            string said = AssertPassed(nameof(Worker.ProviderMemberTests), nameof(Worker.ProviderMemberTests.What_became_of_each_member));
            Said = said.Split('\n').Select(line => line.Split('\t')).ToDictionary(parts => parts[0], parts => parts[1]);
        }
    }
}
