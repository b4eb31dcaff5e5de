using System.Text.Json;
using Isar.Storage.Browser;
using Isar.Storage.Client;
using Xunit;

namespace Isar.Storage.Tests.Client;

/// <summary>What the page gets of a report, a list and a quota, and what its C# client reads from them.</summary>
public sealed class WireJsonTests
{
    private static readonly StorageReport _report = new()
    {
        Backend = "memory",
        Reason = "Nobody wanted \"more\".",
        Location = "größer\\\n😀",
        Durability = StorageDurability.Relaxed,
        Sharing = StorageSharing.ByTurns,
        Persistent = false,
        UsedBytes = 5_000_000_000,
        TemporaryBytes = 7,
    };

    private static readonly DatabaseEntry[] _databases =
        [new(StoragePath.Parse("a/b.db"), "opfs", 4096), new(StoragePath.Parse("c.db"), "indexeddb", null)];

    [Fact]
    public void A_report_without_lists()
    {
        ExpectReport(
            """
            {"backend":"memory","reason":"Nobody wanted \"more\".","location":"größer\\\n😀","durability":"relaxed","sharing":"byTurns",
             "persistent":false,"usedBytes":5000000000,"temporaryBytes":7,"rejected":[],"databases":[],"quota":null}
            """,
            _report);
    }

    [Fact]
    public void A_report_with_everything()
    {
        StorageReport report = _report with
        {
            Rejected = [new("opfs", "It is not there."), new("indexeddb", "Neither.")],
            Databases = _databases,
            Quota = new StorageQuota(1, 20_000_000_000, true),
        };
        ExpectReport(
            """
            {"backend":"memory","reason":"Nobody wanted \"more\".","location":"größer\\\n😀","durability":"relaxed","sharing":"byTurns",
             "persistent":false,"usedBytes":5000000000,"temporaryBytes":7,
             "rejected":[{"backend":"opfs","reason":"It is not there."},{"backend":"indexeddb","reason":"Neither."}],
             "databases":[{"name":"a/b.db","backend":"opfs","bytes":4096},{"name":"c.db","backend":"indexeddb","bytes":null}],
             "quota":{"usageBytes":1,"quotaBytes":20000000000,"persisted":true}}
            """,
            report);
    }

    [Fact]
    public void A_list()
    {
        Expect(
            """[{"name":"a/b.db","backend":"opfs","bytes":4096},{"name":"c.db","backend":"indexeddb","bytes":null}]""",
            WireJson.Of(_databases));
    }

    [Fact]
    public void A_quota()
    {
        var quota = new StorageQuota(1, 2, false);
        Expect("""{"usageBytes":1,"quotaBytes":2,"persisted":false}""", WireJson.Of(quota));
        Assert.Equal(quota, Answers.ReadQuota(WireJson.Of(quota)));
    }

    private static void ExpectReport(string expected, StorageReport report)
    {
        string json = WireJson.Of(report);
        Expect(expected, json);
        using JsonDocument document = JsonDocument.Parse(json);
        StorageReport read = Answers.ReadReport(document.RootElement);
        Assert.Equal(report.Rejected, read.Rejected);
        Assert.Equal(report.Databases, read.Databases);
        Assert.Equal(report, read with { Rejected = report.Rejected, Databases = report.Databases });
    }

    private static void Expect(string expected, string actual)
    {
        using JsonDocument wanted = JsonDocument.Parse(expected);
        using JsonDocument got = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(wanted.RootElement, got.RootElement), $"{actual} instead of {expected}");
    }
}
