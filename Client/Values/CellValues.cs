using System.Globalization;
using System.Text;
using Isar.Storage.Protocol;

namespace Isar.Storage.Client;

/// <summary>
/// Reads a value of the current row as a .NET type. A value that SQLite would change to fit, such as a text that is not a number into 0, is
/// an <see cref="InvalidCastException"/> here. docs/client.md has the whole table.
/// </summary>
internal static class CellValues
{
    public static object ReadValue(RowBatch row, int ordinal) => row.TagOf(ordinal) switch
    {
        Tag.Null => DBNull.Value,
        Tag.Int32 or Tag.Int64 => row.ReadInteger(ordinal),
        Tag.Float64 => row.ReadReal(ordinal),
        Tag.Text => ReadText(row, ordinal),
        _ => row.ReadBytes(ordinal).ToArray(),
    };

    public static long ReadInt64(RowBatch row, int ordinal)
    {
        switch (NotNull(row, ordinal))
        {
            case Tag.Int32 or Tag.Int64:
                return row.ReadInteger(ordinal);
            case Tag.Float64 when ToInteger(row.ReadReal(ordinal)) is { } integer:
                return integer;
            case Tag.Text:
                string text = ReadText(row, ordinal);
                if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long parsed))
                    return parsed;
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && ToInteger(real) is { } whole)
                    return whole;
                break;
        }
        throw Wrong(row, ordinal, "a whole number");
    }

    public static double ReadDouble(RowBatch row, int ordinal)
    {
        switch (NotNull(row, ordinal))
        {
            case Tag.Int32 or Tag.Int64:
                return row.ReadInteger(ordinal);
            case Tag.Float64:
                return row.ReadReal(ordinal);
            case Tag.Text when double.TryParse(ReadText(row, ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed):
                return parsed;
        }
        throw Wrong(row, ordinal, "a number");
    }

    public static decimal ReadDecimal(RowBatch row, int ordinal) => NotNull(row, ordinal) switch
    {
        Tag.Int32 or Tag.Int64 => row.ReadInteger(ordinal),
        Tag.Float64 => ToDecimal(row.ReadReal(ordinal)),
        Tag.Text => decimal.Parse(ReadText(row, ordinal), NumberStyles.Number | NumberStyles.AllowExponent, CultureInfo.InvariantCulture),
        _ => throw Wrong(row, ordinal, "a decimal number"),
    };

    public static string ReadString(RowBatch row, int ordinal)
    {
        switch (NotNull(row, ordinal))
        {
            case Tag.Int32 or Tag.Int64:
                return row.ReadInteger(ordinal).ToString(CultureInfo.InvariantCulture);
            case Tag.Float64:
                return RealText.Of(row.ReadReal(ordinal));
            case Tag.Text:
                return ReadText(row, ordinal);
        }
        return StrictUtf8.TryRead(row.ReadBytes(ordinal).Span) ?? throw Wrong(row, ordinal, "a text");
    }

    public static byte[] ReadBlob(RowBatch row, int ordinal) => NotNull(row, ordinal) switch
    {
        Tag.Text or Tag.Blob => row.ReadBytes(ordinal).ToArray(),
        _ => throw Wrong(row, ordinal, "bytes"),
    };

    public static char ReadChar(RowBatch row, int ordinal)
    {
        if (NotNull(row, ordinal) == Tag.Text)
            return ReadText(row, ordinal) is [var single] ? single : throw Wrong(row, ordinal, "one character");
        return checked((char)ReadInt64(row, ordinal));
    }

    public static Guid ReadGuid(RowBatch row, int ordinal) =>
        NotNull(row, ordinal) == Tag.Blob && row.ReadBytes(ordinal) is { Length: 16 } bytes
            ? new Guid(bytes.Span)
            : Guid.Parse(ReadString(row, ordinal));

    public static DateTime ReadDateTime(RowBatch row, int ordinal) => IsNumber(row, ordinal)
        ? JulianDay.ToDateTime(ReadDouble(row, ordinal))
        : DateTime.Parse(ReadString(row, ordinal), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

    public static DateTimeOffset ReadDateTimeOffset(RowBatch row, int ordinal) => IsNumber(row, ordinal)
        ? new DateTimeOffset(JulianDay.ToDateTime(ReadDouble(row, ordinal)), TimeSpan.Zero)
        : DateTimeOffset.Parse(ReadString(row, ordinal), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static DateOnly ReadDateOnly(RowBatch row, int ordinal) => IsNumber(row, ordinal)
        ? DateOnly.FromDateTime(JulianDay.ToDateTime(ReadDouble(row, ordinal)))
        : DateOnly.Parse(ReadString(row, ordinal), CultureInfo.InvariantCulture);

    public static TimeOnly ReadTimeOnly(RowBatch row, int ordinal) => IsNumber(row, ordinal)
        ? JulianDay.ToTime(ReadDouble(row, ordinal))
        : TimeOnly.Parse(ReadString(row, ordinal), CultureInfo.InvariantCulture);

    public static TimeSpan ReadTimeSpan(RowBatch row, int ordinal) => IsNumber(row, ordinal)
        ? TimeSpan.FromDays(ReadDouble(row, ordinal))
        : TimeSpan.Parse(ReadString(row, ordinal), CultureInfo.InvariantCulture);

    private static bool IsNumber(RowBatch row, int ordinal) => NotNull(row, ordinal) is Tag.Int32 or Tag.Int64 or Tag.Float64;

    private static Tag NotNull(RowBatch row, int ordinal)
    {
        Tag tag = row.TagOf(ordinal);
        return tag != Tag.Null
            ? tag
            : throw new InvalidOperationException($"The column \"{row.Names[ordinal]}\" is NULL here; ask IsDBNull first.");
    }

    private static string ReadText(RowBatch row, int ordinal) => Encoding.UTF8.GetString(row.ReadBytes(ordinal).Span);

    /// <summary>Gets a real as a whole number, if it is one within 64 bits; 2^63 is not.</summary>
    private static long? ToInteger(double value) =>
        Math.Truncate(value) == value && value >= long.MinValue && value < -(double)long.MinValue ? (long)value : null;

    /// <summary>Gets the decimal number that a real is written as; a cast would round it to 15 digits.</summary>
    private static decimal ToDecimal(double value) => double.IsFinite(value)
        ? decimal.Parse(RealText.Of(value), NumberStyles.Float, CultureInfo.InvariantCulture)
        : throw new OverflowException("An infinite number is not a decimal number.");

    private static InvalidCastException Wrong(RowBatch row, int ordinal, string wanted) =>
        new($"The column \"{row.Names[ordinal]}\" has {Describe(row, ordinal)} here, which is not {wanted}.");

    private static string Describe(RowBatch row, int ordinal) => row.TagOf(ordinal) switch
    {
        Tag.Int32 or Tag.Int64 => $"the integer {row.ReadInteger(ordinal)}",
        Tag.Float64 => $"the real number {RealText.Of(row.ReadReal(ordinal))}",
        Tag.Text => "a text",
        _ => "a blob",
    };
}
