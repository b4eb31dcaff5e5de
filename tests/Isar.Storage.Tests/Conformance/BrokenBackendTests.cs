using Isar.Storage.Cases;
using Isar.Storage.Conformance;
using Microsoft.Data.Sqlite;
using Xunit;
using Xunit.Sdk;

namespace Isar.Storage.Tests.Conformance;

/// <summary>Tests of the suites themselves: a backend that keeps the contract passes them, and a defect is found.</summary>
public sealed class BrokenBackendTests
{
    public static TheoryData<string, string, Defect> Defects
    {
        get
        {
            var data = new TheoryData<string, string, Defect>();
            foreach ((Type suite, Dictionary<string, Defect[]> cases) in Kills.All)
            {
                foreach ((string name, Defect[] defects) in cases)
                {
                    foreach (Defect defect in defects)
                        data.Add(suite.Name, name, defect);
                }
            }
            return data;
        }
    }

    public static TheoryData<string> Suites => [.. BackendSuites.All.Select(suite => suite.Name)];

    [Theory]
    [MemberData(nameof(Suites))]
    public Task Without_a_defect_every_case_passes(string suite)
        => AssertPassesAsync(SuiteOf(suite), () => new BrokenUnderTest(Defect.None));

    [Fact]
    public Task A_limit_on_lengths_is_no_defect()
        => AssertPassesAsync(typeof(FileReadWriteSuite), () => new BrokenUnderTest(Defect.None, maxFileLength: 1_000_000));

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_defect_is_found(string suite, string name, Defect defect)
    {
        Type type = SuiteOf(suite);
        SuiteCase @case = SuiteCase.CasesOf(type).Single(c => c.Name == name);
        Exception? failure = await BrokenSuites.FailureOfAsync(type, @case, new BrokenUnderTest(defect));
        Assert.True(
            failure is XunitException or StorageException or SqliteException,
            $"{defect} went unnoticed, or stopped the case itself: {failure}");
    }

    [Fact]
    public void Every_case_can_fail()
    {
        foreach (Type suite in BackendSuites.All)
        {
            IEnumerable<string> unproven = SuiteCase.CasesOf(suite).Select(c => c.Name)
                .Where(name => !Kills.Unkillable.ContainsKey(name) && Kills.All[suite].GetValueOrDefault(name) is not { Length: > 0 });
            Assert.Empty(unproven);
        }
    }

    [Fact]
    public void Every_defect_is_used()
    {
        IEnumerable<Defect> used = Kills.All.Values.SelectMany(cases => cases.Values).SelectMany(defects => defects);
        Assert.Equal(Enum.GetValues<Defect>().Except([Defect.None]), used.Distinct().Order());
    }

    private static async Task AssertPassesAsync(Type suite, Func<BrokenUnderTest> create)
    {
        foreach (SuiteCase @case in SuiteCase.CasesOf(suite))
        {
            Exception? failure = await BrokenSuites.FailureOfAsync(suite, @case, create());
            Assert.True(failure is null, $"{@case.Name}: {failure}");
        }
    }

    private static Type SuiteOf(string name) => BackendSuites.All.Single(suite => suite.Name == name);
}
