using System.Reflection;
using Isar.Storage.Cases;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>
/// The guard over a backend's tests: every suite is run, or there is a written reason why not. It looks at the public classes of its own
/// assembly whose names begin with the backend's.
/// </summary>
public abstract class BackendCompliance(string backend)
{
    /// <summary>Gets the suites that the backend does not run, with the reasons.</summary>
    protected virtual IReadOnlyDictionary<Type, string> WithoutSuites { get; } = new Dictionary<Type, string>();

    /// <summary>
    /// Gets the names of the cases that the backend skips. The reasons stand beside the cases, as <see cref="FactAttribute.Skip"/>.
    /// </summary>
    protected virtual IReadOnlyList<string> Skipped => [];

    private IEnumerable<Type> Classes => GetType().Assembly.GetExportedTypes()
        .Where(type => !type.IsAbstract && type.Name.StartsWith(backend, StringComparison.Ordinal))
        .Where(type => BackendSuites.All.Any(type.IsSubclassOf));

    [Fact]
    public void Every_suite_is_run_once_or_has_a_reason_not_to()
    {
        foreach (Type suite in BackendSuites.All)
        {
            int count = Classes.Count(type => type.IsSubclassOf(suite));
            bool excused = WithoutSuites.TryGetValue(suite, out string? reason);
            Assert.False(excused && string.IsNullOrWhiteSpace(reason), $"{backend} gives no reason for doing without {suite.Name}.");
            Assert.True(
                count == (excused ? 0 : 1),
                $"{backend} runs {suite.Name} {count} times, with {(excused ? "a" : "no")} reason not to.");
        }
    }

    [Fact]
    public void Only_the_listed_cases_are_skipped()
        => Assert.Equal(Skipped.Order(), Classes.SelectMany(SuiteCase.CasesOf).Where(c => c.Skip is not null).Select(c => c.Name).Order());

    [Fact]
    public void No_case_is_changed_but_to_skip_it()
    {
        IEnumerable<string> changed = Classes
            .SelectMany(BelowTheSuite)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Select(method => method.Name);
        Assert.Equal(Skipped.Order(), changed.Order());
    }

    /// <summary>Gets a class and those that it inherits from, up to its suite.</summary>
    private static IEnumerable<Type> BelowTheSuite(Type type)
    {
        for (Type below = type; !BackendSuites.All.Contains(below); below = below.BaseType!)
            yield return below;
    }
}
