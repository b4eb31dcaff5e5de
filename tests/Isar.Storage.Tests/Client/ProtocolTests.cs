using System.Text.Json;
using System.Text.RegularExpressions;
using Isar.Storage.Browser;
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
    public void Durability_is_called_the_same() => AssertSame(Union("durability"), Names<StorageDurability>());

    [Fact]
    public void Sharing_is_called_the_same() => AssertSame(Union("sharing"), Names<StorageSharing>());

    /// <summary>Only the TypeScript client cuts off what takes the page too long.</summary>
    [Fact]
    public void The_kinds_of_errors_are_called_the_same() => AssertSame(Union("ErrorKind"), [.. Names<IsarErrorKind>(), "timeout"]);

    [Fact]
    public void The_client_knows_every_kind_of_the_storage() =>
        Assert.Subset(Names<IsarErrorKind>().ToHashSet(), Names<StorageErrorKind>().ToHashSet());

    [Fact]
    public void The_worker_has_no_kinds_of_its_own() => Assert.Subset(
        Union("ErrorKind").ToHashSet(), Match(ReadSource("Browser/Host/ErrorMessage.cs"), @"(?:new\(|= )""(\w+)""").ToHashSet());

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

    [Theory]
    [InlineData("Attempt")]
    [InlineData("Entry")]
    public void What_sessions_hear_is_called_the_same(string name) => Assert.Equal(
        Members(Body(ReadSource("Browser/Statements/session.ts"), $"export const enum {name} {{")), Members(ReadSource($"Browser/Host/{name}.cs")));

    [Theory]
    [InlineData("LENT", "Lent")]
    [InlineData("TOLD", "Told")]
    [InlineData("DIRECT", "Direct")]
    [InlineData("LOGS", "Logs")]
    public void What_the_adapter_adds_to_result_codes_is_the_same(string script, string csharp) => Assert.Equal(
        Find(ReadSource("Browser/Vfs/loans.ts"), $"{script} = ([^;]*);"), Find(ReadSource("Browser/Vfs/VfsExports.cs"), $"int {csharp} = ([^;]*);"));

    [Fact]
    public void Full_names_begin_the_same() => Assert.Equal(
        [DatabaseFiles.FullNamePrefix], Match(ReadSource("Protocol/fullNames.ts"), @"FULL_NAME_PREFIX = '(.+)'"));

    [Fact]
    public void Every_method_is_served_and_nothing_else() => AssertSame(
        Match(Body(_protocol, "export interface Methods {"), @"^  (\w+): \{ fields"),
        [
            .. Match(ReadSource("Browser/Host/RequestServer.cs"), @"^ +""(\w+)"" => "),
            .. Match(Body(ReadSource("Browser/Statements/run.ts"), "const controls = {"), @"^  (\w+): "),
            .. Match(Body(ReadSource("Browser/Statements/run.ts"), "const statements = {"), @"^  (\w+): "),
            .. Match(ReadSource("Browser/Statements/run.ts"), @"return request\.method === '(rollback)'"),
            .. Match(ReadSource("Browser/Host/host.ts"), @"method === '(hello|diagnostics|close|yield)'"),
        ]);

    [Fact]
    public void The_report_has_the_same_parts()
    {
        using JsonDocument report = JsonDocument.Parse(WireJson.Of(new StorageReport
        {
            Backend = "",
            Reason = "",
            Location = "",
            Durability = StorageDurability.Full,
            Sharing = StorageSharing.OneProcess,
            Persistent = true,
            UsedBytes = 0,
            TemporaryBytes = 0,
            Rejected = [new("", "")],
            Databases = [new(StoragePath.Parse("a.db"), "", 0)],
            Quota = new StorageQuota(0, 0, false),
        }));
        AssertParts("StorageReport", report.RootElement);
        AssertParts("RejectedBackend", report.RootElement.GetProperty("rejected")[0]);
        AssertParts("DatabaseEntry", report.RootElement.GetProperty("databases")[0]);
        AssertParts("StorageQuota", report.RootElement.GetProperty("quota"));
    }

    private static void AssertParts(string type, JsonElement json) => AssertSame(
        Match(Body(_protocol, $"export interface {type} {{"), @"^  (\w+)\??: "), json.EnumerateObject().Select(part => part.Name));

    private static string ReadSource(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    private static string Find(string source, string pattern)
    {
        Match match = Regex.Match(source, pattern, RegexOptions.Singleline | RegexOptions.Multiline);
        Assert.True(match.Success, $"The source has no {pattern}.");
        return match.Groups[1].Value;
    }

    private static IEnumerable<string> Match(string source, string pattern)
    {
        MatchCollection matches = Regex.Matches(source, pattern, RegexOptions.Multiline);
        Assert.True(matches.Count > 0, $"The source has no {pattern}.");
        return matches.Select(match => match.Groups[1].Value);
    }

    /// <summary>Reads what stands between the braces of something declared at the beginning of a line.</summary>
    private static string Body(string source, string head) => Find(source, $@"^{Regex.Escape(head)}\n(.*?)^\}}");

    /// <summary>Reads the members of an enum without values, of either language.</summary>
    private static IEnumerable<string> Members(string source) => Match(source, @"^ +(\w+),$");

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
