using Xunit;

namespace Isar.Storage.Tests.Conformance.Tutorial;

/// <summary>docs/writing-a-backend.md shows the backend that the suites have passed, and it is short.</summary>
public sealed class TutorialTests
{
    private static readonly string _source = File.ReadAllText(
        Path.Combine(Repository.Root, "tests/Isar.Storage.Tests/Conformance/Tutorial/FolderBackend.cs"));

    [Fact]
    public void The_document_shows_the_file_that_is_tested()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs/writing-a-backend.md"));
        Assert.Contains($"```csharp\n{_source}```\n", document, StringComparison.Ordinal);
    }

    [Fact]
    public void A_complete_backend_has_less_than_200_lines() => Assert.InRange(_source.Count(c => c == '\n'), 1, 199);
}
