using System.Text.RegularExpressions;
using Isar.Storage.Protocol;
using Xunit;

namespace Isar.Storage.Tests.Client;

/// <summary>C# and TypeScript mean the same by what they send each other: what is written in both languages is compared.</summary>
public sealed partial class ProtocolTests
{
    private static readonly string _protocol = ReadSource("Protocol/protocol.ts");

    [Fact]
    public void The_version_is_the_same() => Assert.Equal(Find(_protocol, @"PROTOCOL_VERSION = (\d+)"), $"{ProtocolVersion.Current}");

    [Fact]
    public void The_tags_are_the_same() => Assert.Equal(
        Find(_protocol, "const Tag = { (.*) } as const"),
        string.Join(", ", Enum.GetValues<Tag>().Select(tag => $"{WireName.Of(tag)}: {(int)tag}")));

    [Fact]
    public void The_stages_are_called_the_same() => AssertSame(Union("stage"), Names<StorageStage>());

    [Fact]
    public void Durability_is_called_the_same() => AssertSame(Union("durability"), Names<FlushGuarantee>());

    [Fact]
    public void Sharing_is_called_the_same() => AssertSame(Union("sharing"), Names<StorageSharing>());

    /// <summary>Only the TypeScript client cuts off what takes the page too long.</summary>
    [Fact]
    public void The_kinds_of_errors_are_called_the_same() => AssertSame(Union("ErrorKind"), [.. Names<IsarErrorKind>(), "timeout"]);

    [Fact]
    public void The_client_knows_every_kind_of_the_storage() => Assert.Subset(Names<IsarErrorKind>().ToHashSet(), Names<StorageErrorKind>().ToHashSet());

    [Theory]
    [InlineData("notAFile", StorageErrorKind.NotAFile)]
    [InlineData("io", StorageErrorKind.Io)]
    [InlineData("NotAFile", null)]
    [InlineData("notafile", null)]
    [InlineData("0", null)]
    [InlineData("io, busy", null)]
    [InlineData(" io", null)]
    [InlineData("", null)]
    public void A_name_is_found_only_as_it_is_sent(string name, StorageErrorKind? kind) => Assert.Equal(kind, WireName.Find<StorageErrorKind>(name));

    private static string ReadSource(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    private static string Find(string source, string pattern)
    {
        Match match = Regex.Match(source, pattern, RegexOptions.Singleline);
        Assert.True(match.Success, $"The source has no {pattern}.");
        return match.Groups[1].Value;
    }

    /// <summary>Reads the values of a type or property that is one of several texts.</summary>
    private static IEnumerable<string> Union(string name) =>
        Text().Matches(Find(_protocol, $@"\b{name}(?::| =)([\s|]*'[^;]*);")).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Names<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(WireName.Of);

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> actual) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Text();
}
