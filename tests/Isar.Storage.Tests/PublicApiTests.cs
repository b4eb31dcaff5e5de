using System.Text.RegularExpressions;
using Xunit;

namespace Isar.Storage.Tests;

/// <summary>Rules for every public type of what is shipped, read from the sources because no test refers to all of the assemblies.</summary>
public sealed partial class PublicApiTests
{
    public static TheoryData<string> Projects => [.. Repository.Shipped.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_public_class_is_sealed_or_static(string project)
    {
        foreach ((string file, string source) in Sources(project))
            Assert.False(OpenClass().IsMatch(source), $"{file}: \"{OpenClass().Match(source).Value.Trim()}\" can be inherited.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_public_type_is_in_the_products_namespace(string project)
    {
        foreach ((string file, string source) in Sources(project).Where(source => PublicType().IsMatch(source.Text)))
            Assert.True(Namespace().IsMatch(source), $"{file} declares a public type outside the namespace Isar.Storage.");
    }

    [Theory]
    [InlineData("public class A;", true)]
    [InlineData("    public abstract partial class A", true)]
    [InlineData("public record A(int B);", true)]
    [InlineData("public sealed partial class A", false)]
    [InlineData("public static class A", false)]
    [InlineData("public readonly record struct A", false)]
    [InlineData("public interface IA", false)]
    public void The_rule_finds_classes_that_can_be_inherited(string source, bool isOpen) => Assert.Equal(isOpen, OpenClass().IsMatch(source));

    [GeneratedRegex(@"^[ \t]*public (?:(?!sealed |static )\w+ )*(?:class|record) (?!struct )", RegexOptions.Multiline)]
    private static partial Regex OpenClass();

    [GeneratedRegex(@"^public (?:\w+ )*(?:class|record|struct|interface|enum|delegate) ", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"^namespace Isar\.Storage;", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    private static IEnumerable<(string File, string Text)> Sources(string project) => Repository.Shipped.Single(p => p.Name == project)
        .Sources("*.cs")
        .Select(file => (file, File.ReadAllText(file)));
}
