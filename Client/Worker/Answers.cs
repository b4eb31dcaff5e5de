using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Isar.Storage.Protocol;

namespace Isar.Storage.Client;

/// <summary>Reads the worker's answers, which are JSON; the shapes are those of <c>protocol.ts</c>.</summary>
internal static class Answers
{
    /// <summary>Reads <c>{ result }</c>, or throws what <c>{ error }</c> says.</summary>
    public static JsonElement ReadResult(string json)
    {
        using JsonDocument answer = JsonDocument.Parse(json);
        return answer.RootElement.TryGetProperty("error", out JsonElement error)
            ? throw ReadError(error)
            : answer.RootElement.GetProperty("result").Clone();
    }

    /// <summary>Reads the result of a handler.</summary>
    public static T? ReadCall<T>(string name, JsonElement result, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(result.GetString()!, type);
        }
        catch (JsonException e)
        {
            throw IsarException.OfUsage($"The result of the handler \"{name}\" cannot be read as {typeof(T)}: {e.Message}", e);
        }
    }

    /// <summary>Reads an <c>ErrorShape</c>.</summary>
    public static IsarException ReadError(string json)
    {
        using JsonDocument error = JsonDocument.Parse(json);
        return ReadError(error.RootElement);
    }

    public static StorageQuota ReadQuota(string json)
    {
        using JsonDocument quota = JsonDocument.Parse(json);
        return ReadQuota(quota.RootElement);
    }

    public static StorageReport ReadReport(JsonElement report) => new()
    {
        Backend = ReadText(report, "backend"),
        Reason = ReadText(report, "reason"),
        Location = ReadText(report, "location"),
        Durability = ReadName<StorageDurability>(report, "durability"),
        Sharing = ReadName<StorageSharing>(report, "sharing"),
        Persistent = report.GetProperty("persistent").GetBoolean(),
        UsedBytes = report.GetProperty("usedBytes").GetInt64(),
        TemporaryBytes = report.GetProperty("temporaryBytes").GetInt64(),
        Rejected =
        [
            .. report.GetProperty("rejected").EnumerateArray().Select(one =>
                new RejectedBackend(ReadText(one, "backend"), ReadText(one, "reason"))),
        ],
        Databases = ReadDatabases(report.GetProperty("databases")),
        Quota = report.GetProperty("quota") is { ValueKind: not JsonValueKind.Null } quota ? ReadQuota(quota) : null,
    };

    public static IReadOnlyList<DatabaseEntry> ReadDatabases(JsonElement databases) =>
    [
        .. from entry in databases.EnumerateArray()
           let bytes = entry.GetProperty("bytes")
           select new DatabaseEntry(
               StoragePath.Parse(ReadText(entry, "name")),
               ReadText(entry, "backend"),
               bytes.ValueKind == JsonValueKind.Null ? null : bytes.GetInt64()),
    ];

    /// <exception cref="IsarException">No value has this name.</exception>
    public static T ReadName<T>(string name)
        where T : struct, Enum =>
        WireName.Find<T>(name) ?? throw IsarException.OfProtocol($"The worker said \"{name}\", which this client does not know.");

    private static T ReadName<T>(JsonElement element, string name)
        where T : struct, Enum => ReadName<T>(ReadText(element, name));

    private static IsarException ReadError(JsonElement error) => new(
        ReadName<IsarErrorKind>(error, "kind"),
        error.GetProperty("code").GetInt32(),
        error.GetProperty("extendedCode").GetInt32(),
        ReadText(error, "message"));

    private static StorageQuota ReadQuota(JsonElement quota) => new(
        quota.GetProperty("usageBytes").GetInt64(), quota.GetProperty("quotaBytes").GetInt64(), quota.GetProperty("persisted").GetBoolean());

    private static string ReadText(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
