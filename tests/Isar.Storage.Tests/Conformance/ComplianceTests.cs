using System.Reflection;
using Isar.Storage.Cases;
using Isar.Storage.Conformance;
using Xunit;

namespace Isar.Storage.Tests.Conformance;

/// <summary>The guard over the guards: every backend has one, and no case hides from them.</summary>
public sealed class ComplianceTests
{
    public static TheoryData<string> Backends =>
    [
        .. Repository.Shipped.Select(project => project.Name)
            .Where(name => name.StartsWith("Isar.Storage.Backends.", StringComparison.Ordinal))
            .Select(name => name["Isar.Storage.Backends.".Length..]),
    ];

    /// <summary>The classes of a browser's backend are in another program, so this one reads them.</summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void Every_backend_has_a_guard(string backend)
    {
        string guard = $"class {backend}ComplianceTests() : {nameof(BackendCompliance)}(\"{backend}\")";
        IEnumerable<string> sources = Repository.FilesBelow(Path.Combine(Repository.Root, "tests"), "*.cs").Select(File.ReadAllText);
        Assert.Single(sources, source => source.Contains(guard, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_public_method_of_a_suite_is_a_case_that_can_be_skipped_only_with_a_reason()
    {
        foreach (Type suite in BackendSuites.All)
        {
            MethodInfo[] methods = suite.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
            Assert.NotEmpty(methods);
            Assert.Equal(methods.Select(method => method.Name).Order(), SuiteCase.CasesOf(suite).Select(c => c.Name).Order());
            Assert.All(methods, method => Assert.True(method.IsVirtual, method.Name));
            Assert.All(SuiteCase.CasesOf(suite), c => Assert.Null(c.Skip));
        }
    }

    [Fact]
    public void A_class_that_leaves_a_suite_out_is_found()
    {
        Assert.ThrowsAny<Exception>(new Nobody().Every_suite_is_run_once_or_has_a_reason_not_to);
        Assert.ThrowsAny<Exception>(new Nobody().Only_the_listed_cases_are_skipped);
        Assert.ThrowsAny<Exception>(new Nobody().No_case_is_changed_but_to_skip_it);
    }

    private sealed class Nobody() : BackendCompliance("Nobody")
    {
        protected override IReadOnlyList<string> Skipped => ["A_case_that_is_not_there"];
    }
}
