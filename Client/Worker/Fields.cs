using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Isar.Storage.Client;

/// <summary>Writes the fields of requests, and what a worker is started with, as JSON.</summary>
internal static class Fields
{
    public const string None = "{}";

    private const int CantOpen = 14;
    private const int CantOpenFullPath = CantOpen | (3 << 8);

    public static string OfDatabase(int number) => Write(json => json.WriteNumber("database", number));

    /// <exception cref="IsarException">The name breaks the rules of <see cref="StoragePath"/>. JSON could not even say some of them.</exception>
    public static string OfName(string name, string? backend = null)
    {
        Check(name);
        return Write(json =>
        {
            json.WriteString("name", name);
            if (backend is not null)
                json.WriteString("backend", backend);
        });
    }

    /// <param name="name">The database's name.</param>
    /// <param name="length">How many bytes will come, where that is known.</param>
    /// <exception cref="IsarException">As for <see cref="OfName"/>.</exception>
    public static string OfImport(string name, long? length)
    {
        Check(name);
        return Write(json =>
        {
            json.WriteString("name", name);
            if (length is { } bytes)
                json.WriteNumber("bytes", bytes);
        });
    }

    /// <exception cref="IsarException">As for <see cref="OfName"/>, of both names.</exception>
    public static string OfBackup(string name, string target)
    {
        Check(name);
        Check(target);
        return Write(json =>
        {
            json.WriteString("name", name);
            json.WriteString("target", target);
        });
    }

    public static string OfStream(int number) => Write(json => json.WriteNumber("stream", number));

    /// <param name="name">A handler's name.</param>
    /// <param name="argument">Its argument as JSON.</param>
    public static string OfCall(string name, string argument) => Write(json =>
    {
        json.WriteString("name", name);
        json.WriteString("argument", argument);
    });

    /// <param name="name">The database's name.</param>
    /// <param name="setup">SQL that is run whenever the database is opened; empty for none.</param>
    /// <exception cref="IsarException">As for <see cref="OfName"/>.</exception>
    /// <exception cref="InvalidOperationException">The SQL holds half of a surrogate pair.</exception>
    public static string OfOpen(string name, string setup)
    {
        Check(name);
        StrictUtf8.CountBytes(setup, "The set-up");
        return Write(json =>
        {
            json.WriteString("name", name);
            json.WriteString("setup", setup);
        });
    }

    public static string Of(IsarStorageClientOptions options) => Write(json =>
    {
        if (options.Directory is { } directory)
            json.WriteString("directory", directory);
        if (options.Candidates is { } candidates)
        {
            json.WriteStartArray("candidates");
            foreach (string candidate in candidates)
                json.WriteStringValue(candidate);
            json.WriteEndArray();
        }
        json.WriteBoolean("migrateOnOpen", options.MigrateOnOpen);
        json.WriteNumber("quotaWarningRatio", options.QuotaWarningRatio);
        json.WriteBoolean("memoryOnly", options.MemoryOnly);
        json.WriteNumber("openTimeoutMs", options.OpenTimeout.TotalMilliseconds);
        json.WriteNumber("leaseTimeoutMs", options.LeaseTimeout.TotalMilliseconds);
    });

    private static void Check(string name)
    {
        try
        {
            StoragePath.Parse(name);
        }
        catch (StorageException e)
        {
            throw new IsarException(IsarErrorKind.PathInvalid, CantOpen, CantOpenFullPath, e.Message, e);
        }
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
