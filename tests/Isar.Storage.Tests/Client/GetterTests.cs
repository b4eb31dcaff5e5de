using System.Data.Common;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Client;

/// <summary>
/// What is read as which type is held against Microsoft.Data.Sqlite. Where that hands out a value that is not there, such as 0 for a text
/// that is no number, this client throws: <see cref="IsIntended"/> says where.
/// </summary>
public sealed class GetterTests : IAsyncLifetime
{
    private static readonly string[] _literals =
    [
        "NULL", "0", "1", "-1", "255", "256", "65", "32767", "32768", "65535", "65536", "2147483648", "4294967296",
        "9223372036854775807", "-9223372036854775808",
        "0.0", "1.0", "1.5", "-1.5", "0.1", "1e15", "123456789012345.0", "1e300", "9223372036854775808.0", "-9223372036854775808.0",
        "9e999", "-9e999", "2461366.5", "0.25", "0.1 + 0.2",
        "''", "'a'", "'ab'", "'12'", "' 12 '", "'12.0'", "'12.5'", "'1e3'", "'12abc'", "'-7'",
        "'99999999999999999999'", "'true'", "'😀'", "'a' || char(0) || 'b'",
        "'2026-11-22'", "'2026-11-22 01:02:03'", "'2026-11-22 01:02:03.4567891'", "'2026-11-22T01:02:03Z'", "'2026-11-22 01:02:03+02:00'",
        "'01:02:03'", "'01:02:03.0040005'", "'-1.02:03:04'", "'0F8FAD5B-D9CB-469F-A165-70867728950E'",
        "'79228162514264337593543950335.0'", "'0.0000000000000000000000000001'",
        "x''", "x'41'", "x'ff'", "x'0f8fad5bd9cb469fa16570867728950e'", "CAST('0F8FAD5B-D9CB-469F-A165-70867728950E' AS BLOB)",
    ];

    /// <summary>Numbers that SQLite writes with a digit more than it takes to read them back.</summary>
    private static readonly string[] _manyDigits = ["9223372036854775808.0", "-9223372036854775808.0"];

    /// <summary>Numbers that are not whole, or not within 64 bits.</summary>
    private static readonly string[] _notWhole =
    [
        "1.5", "-1.5", "0.1", "1e300", "9223372036854775808.0", "9e999", "-9e999", "2461366.5", "0.25", "0.1 + 0.2", "'12.5'",
        "'99999999999999999999'", "'79228162514264337593543950335.0'", "'0.0000000000000000000000000001'",
    ];

    private static readonly string[] _notNumbers =
    [
        "''", "'a'", "'ab'", "'12abc'", "'true'", "'😀'", "'a' || char(0) || 'b'", "'2026-11-22'", "'2026-11-22 01:02:03'",
        "'2026-11-22 01:02:03.4567891'", "'2026-11-22T01:02:03Z'", "'2026-11-22 01:02:03+02:00'", "'01:02:03'", "'01:02:03.0040005'", "'-1.02:03:04'",
        "'0F8FAD5B-D9CB-469F-A165-70867728950E'", "x''", "x'41'", "x'ff'", "x'0f8fad5bd9cb469fa16570867728950e'",
        "CAST('0F8FAD5B-D9CB-469F-A165-70867728950E' AS BLOB)",
    ];

    /// <summary>Types by name, with what reads them from any reader.</summary>
    private static readonly Dictionary<string, Func<DbDataReader, object?>> _readers = new()
    {
        ["IsDBNull"] = reader => reader.IsDBNull(0),
        ["Value"] = reader => reader.GetValue(0),
        ["FieldType"] = reader => reader.GetFieldType(0),
        ["DataTypeName"] = reader => reader.GetDataTypeName(0),
        ["bool"] = reader => reader.GetBoolean(0),
        ["byte"] = reader => reader.GetByte(0),
        ["short"] = reader => reader.GetInt16(0),
        ["int"] = reader => reader.GetInt32(0),
        ["long"] = reader => reader.GetInt64(0),
        ["sbyte"] = reader => reader.GetFieldValue<sbyte>(0),
        ["ushort"] = reader => reader.GetFieldValue<ushort>(0),
        ["uint"] = reader => reader.GetFieldValue<uint>(0),
        ["ulong"] = reader => reader.GetFieldValue<ulong>(0),
        ["float"] = reader => reader.GetFloat(0),
        ["double"] = reader => reader.GetDouble(0),
        ["decimal"] = reader => reader.GetDecimal(0),
        ["char"] = reader => reader.GetChar(0),
        ["string"] = reader => reader.GetString(0),
        ["Guid"] = reader => reader.GetGuid(0),
        ["DateTime"] = reader => reader.GetDateTime(0) is var date ? (date, date.Kind) : null,
        ["DateTimeOffset"] = reader => reader.GetFieldValue<DateTimeOffset>(0) is var date ? (date, date.Offset) : null,
        ["DateOnly"] = reader => reader.GetFieldValue<DateOnly>(0),
        ["TimeOnly"] = reader => reader.GetFieldValue<TimeOnly>(0),
        ["TimeSpan"] = reader => reader.GetFieldValue<TimeSpan>(0),
        ["byte[]"] = reader => reader.GetFieldValue<byte[]>(0),
        ["object"] = reader => reader.GetFieldValue<object>(0),
        ["int?"] = reader => reader.GetFieldValue<int?>(0),
        ["DateTime?"] = reader => reader.GetFieldValue<DateTime?>(0),
        ["DayOfWeek"] = reader => reader.GetFieldValue<DayOfWeek>(0),
        ["DayOfWeek?"] = reader => reader.GetFieldValue<DayOfWeek?>(0),
        ["Stream"] = reader => Read(reader.GetStream(0)),
        ["TextReader"] = reader => reader.GetTextReader(0).ReadToEnd(),
        ["Version"] = reader => reader.GetFieldValue<Version>(0),
    };

    private const string Refused = "refused";

    private readonly SqliteConnection _other = new("Data Source=:memory:");
    private IsarConnection _mine = null!;

    public async Task InitializeAsync()
    {
        _other.Open();
        _mine = await NativeWorker.CreateClient().Client.OpenAsync("a.db");
    }

    public async Task DisposeAsync()
    {
        _other.Dispose();
        await _mine.DisposeAsync();
    }

    [Fact]
    public async Task Values_are_read_as_the_other_reads_them()
    {
        List<string> differences = [];
        foreach (string literal in _literals)
        {
            foreach ((string type, Func<DbDataReader, object?> read) in _readers)
            {
                // A row for each, because there reading a value as another type changes the row.
                using DbDataReader there = await ReadRowAsync(_other, literal);
                using DbDataReader here = await ReadRowAsync(_mine, literal);
                string expected = Outcome(read, there);
                string actual = Outcome(read, here);
                if (expected != actual && !IsIntended(literal, type, expected, actual))
                    differences.Add($"{literal} as {type}: {expected} there, {actual} here");
            }
        }
        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    private static bool IsIntended(string literal, string type, string there, string here)
    {
        if (there == Refused)
            return type is "TimeOnly" or "int?" or "DateTime?" or "DayOfWeek?";
        if (here != Refused)
            return literal == "'1e3'" || (type is "string" or "TextReader" or "decimal" && _manyDigits.Contains(literal));
        return type switch
        {
            "bool" or "byte" or "short" or "int" or "long" or "sbyte" or "ushort" or "uint" or "ulong" or "int?" or "DayOfWeek"
                => _notWhole.Contains(literal) || _notNumbers.Contains(literal) || literal == "'1e3'",
            "char" => _notWhole.Contains(literal) || _notNumbers.Contains(literal) || literal[0] == '\'',
            "float" or "double" => _notNumbers.Contains(literal),
            "byte[]" or "Stream" => literal[0] is '-' or (>= '0' and <= '9'),
            "string" or "TextReader" => literal is "x'ff'" or "x'0f8fad5bd9cb469fa16570867728950e'" or "NULL",
            _ => false,
        };
    }

    private static async Task<DbDataReader> ReadRowAsync(DbConnection connection, string literal)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT " + literal;
        DbDataReader reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        return reader;
    }

    private static byte[] Read(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static string Outcome(Func<DbDataReader, object?> read, DbDataReader reader)
    {
        try
        {
            object? value = read(reader);
            return value switch
            {
                byte[] bytes => Convert.ToHexString(bytes),
                // Whether it ends in zeros is no difference.
                decimal number => FormattableString.Invariant($"{number:0.############################}"),
                _ => FormattableString.Invariant($"{value} ({value?.GetType().Name})"),
            };
        }
        catch (Exception e) when (e is InvalidCastException or InvalidOperationException or OverflowException or FormatException or ArgumentException)
        {
            return Refused;
        }
    }
}
