using System.Buffers;
using System.Text;
using System.Text.Json;
using Isar.Storage.Protocol;

namespace Isar.Storage.Browser;

/// <summary>Writes answers with many fields as JSON, which <c>host.ts</c> hands on; the shapes are those of <c>protocol.ts</c>.</summary>
internal static class WireJson
{
    public static string Of(StorageReport report) => Write(report, static (json, report) =>
    {
        json.WriteStartObject();
        json.WriteString("backend", report.Backend);
        json.WriteString("reason", report.Reason);
        json.WriteString("location", report.Location);
        json.WriteString("durability", WireName.Of(report.Durability));
        json.WriteString("sharing", WireName.Of(report.Sharing));
        json.WriteBoolean("persistent", report.Persistent);
        json.WriteNumber("usedBytes", report.UsedBytes);
        json.WriteNumber("temporaryBytes", report.TemporaryBytes);
        json.WriteStartArray("rejected");
        foreach (RejectedBackend rejected in report.Rejected)
        {
            json.WriteStartObject();
            json.WriteString("backend", rejected.Backend);
            json.WriteString("reason", rejected.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WritePropertyName("databases");
        WriteDatabases(json, report.Databases);
        json.WritePropertyName("quota");
        WriteQuota(json, report.Quota);
        json.WriteEndObject();
    });

    public static string Of(IReadOnlyList<DatabaseEntry> databases) => Write(databases, WriteDatabases);

    public static string Of(StorageQuota quota) => Write(quota, WriteQuota);

    private static string Write<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            write(json, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteDatabases(Utf8JsonWriter json, IReadOnlyList<DatabaseEntry> databases)
    {
        json.WriteStartArray();
        foreach (DatabaseEntry database in databases)
        {
            json.WriteStartObject();
            json.WriteString("name", database.Path.Value);
            json.WriteString("backend", database.Backend);
            json.WritePropertyName("bytes");
            if (database.Length is { } length)
                json.WriteNumberValue(length);
            else
                json.WriteNullValue();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteQuota(Utf8JsonWriter json, StorageQuota? quota)
    {
        if (quota is null)
        {
            json.WriteNullValue();
            return;
        }
        json.WriteStartObject();
        json.WriteNumber("usageBytes", quota.UsageBytes);
        json.WriteNumber("quotaBytes", quota.QuotaBytes);
        json.WriteBoolean("persisted", quota.Persisted);
        json.WriteEndObject();
    }
}
