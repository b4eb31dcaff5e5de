using System.Text.Json;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>What the page gets of a report, a list and a quota.</summary>
public sealed class WireJsonTests
{
    private static readonly StorageReport _report = new()
    {
        Backend = "memory",
        Reason = "Nobody wanted \"more\".",
        Location = "größer\\\n😀",
        Capabilities = new StorageCapabilities
        {
            Persistent = false,
            Flush = FlushGuarantee.Relaxed,
            Sharing = StorageSharing.OneProcess,
        },
        UsedBytes = 5_000_000_000,
    };

    private static readonly DatabaseEntry[] _databases =
        [new(StoragePath.Parse("a/b.db"), "opfs", 4096), new(StoragePath.Parse("c.db"), "indexeddb", null)];

    [Fact]
    public void A_report_without_lists()
    {
        Expect(
            """
            {"backend":"memory","reason":"Nobody wanted \"more\".","location":"größer\\\n😀","durability":"relaxed","sharing":"oneProcess",
             "persistent":false,"usedBytes":5000000000,"rejected":[],"databases":[],"quota":null}
            """,
            WireJson.Of(_report));
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
        Expect(
            """
            {"backend":"memory","reason":"Nobody wanted \"more\".","location":"größer\\\n😀","durability":"relaxed","sharing":"oneProcess",
             "persistent":false,"usedBytes":5000000000,
             "rejected":[{"backend":"opfs","reason":"It is not there."},{"backend":"indexeddb","reason":"Neither."}],
             "databases":[{"name":"a/b.db","backend":"opfs","bytes":4096},{"name":"c.db","backend":"indexeddb","bytes":null}],
             "quota":{"usageBytes":1,"quotaBytes":20000000000,"persisted":true}}
            """,
            WireJson.Of(report));
    }

    [Fact]
    public void A_list()
    {
        Expect(
            """[{"name":"a/b.db","backend":"opfs","bytes":4096},{"name":"c.db","backend":"indexeddb","bytes":null}]""",
            WireJson.Of(_databases));
    }

    [Fact]
    public void A_quota() =>
        Expect("""{"usageBytes":1,"quotaBytes":2,"persisted":false}""", WireJson.Of(new StorageQuota(1, 2, false)));

    private static void Expect(string expected, string actual)
    {
        using JsonDocument wanted = JsonDocument.Parse(expected);
        using JsonDocument got = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(wanted.RootElement, got.RootElement), $"{actual} instead of {expected}");
    }
}
