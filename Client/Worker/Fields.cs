using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Isar.Storage.Client;

/// <summary>Writes the fields of requests, and the options of a worker, as JSON.</summary>
internal static class Fields
{
    public const string None = "{}";

    private const int CantOpen = 14;
    private const int CantOpenFullPath = CantOpen | (3 << 8);

    /// <summary>Writes fields by the names of <c>protocol.ts</c>. One that is <see langword="null"/> is left out.</summary>
    public static string Of(params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, object? value) in fields)
            {
                if (value is not null)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, value);
                }
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Of(IsarStorageClientOptions options) => Of(
        ("directory", options.Directory),
        ("candidates", options.Candidates),
        ("migrateOnOpen", options.MigrateOnOpen),
        ("quotaWarningRatio", options.QuotaWarningRatio),
        ("maxTemporaryBytes", options.MaxTemporaryBytes),
        ("writeAheadLog", options.WriteAheadLog),
        ("memoryOnly", options.MemoryOnly),
        ("startTimeoutMs", options.StartTimeout.TotalMilliseconds),
        ("openTimeoutMs", options.OpenTimeout.TotalMilliseconds),
        ("leaseTimeoutMs", options.LeaseTimeout.TotalMilliseconds));

    /// <summary>Checks a database's name and returns it. Checked here, because JSON cannot hold every invalid name.</summary>
    /// <exception cref="IsarException">The name breaks the rules of <see cref="StoragePath"/>.</exception>
    public static string CheckName(string name)
    {
        try
        {
            StoragePath.Parse(name);
            return name;
        }
        catch (StorageException e)
        {
            throw new IsarException(IsarErrorKind.PathInvalid, CantOpen, CantOpenFullPath, e.Message, e);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (string text in texts)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default:
                throw new ArgumentException($"A field cannot be a {value.GetType()}.", nameof(value));
        }
    }
}
