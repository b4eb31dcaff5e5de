using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Isar.Storage.Protocol;

namespace Isar.Storage.Client;

/// <summary>Writes a command's parameters as the block that <c>protocol.ts</c> describes. docs/client.md says which value becomes what.</summary>
internal sealed class ParameterWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>Writes all of a command's parameters.</summary>
    /// <exception cref="InvalidOperationException">A value is missing, or of a type or a value that SQLite cannot store.</exception>
    public static ReadOnlyMemory<byte> Write(IsarParameterCollection parameters)
    {
        CheckNames(parameters);
        var writer = new ParameterWriter();
        writer.WriteLength(parameters.Count);
        for (int i = 0; i < parameters.Count; i++)
        {
            IsarParameter parameter = parameters[i];
            string label = parameter.ParameterName is "" ? $"Parameter {i + 1}" : $"Parameter {parameter.ParameterName}";
            writer.WriteUtf8(parameter.BareName, label);
            writer.WriteValue(parameter, label);
        }
        return writer._buffer.WrittenMemory;
    }

    private static void CheckNames(IsarParameterCollection parameters)
    {
        string[] names = [.. parameters.Cast<IsarParameter>().Select(parameter => parameter.BareName)];
        if (names.Contains("") && names.Any(name => name.Length > 0))
            throw new InvalidOperationException("Some parameters of the command have names and some have none: name all of them or none.");
        foreach (string name in names.Where(name => name.Length > 0).GroupBy(name => name).Where(same => same.Count() > 1).Select(same => same.Key))
            throw new InvalidOperationException($"The command has more than one parameter \"{name}\"; the prefix does not tell them apart.");
    }

    private void WriteValue(IsarParameter parameter, string label)
    {
        switch (parameter.Value)
        {
            case null:
                throw new InvalidOperationException($"{label} has no value; use DBNull.Value for NULL.");
            case DBNull:
                WriteTag(Tag.Null);
                break;
            case bool value:
                WriteInteger(value ? 1 : 0);
                break;
            case char value when parameter.IsarType == IsarType.Integer:
                WriteInteger(value);
                break;
            case char value:
                WriteText(value.ToString(), parameter, label);
                break;
            case string value:
                WriteText(value, parameter, label);
                break;
            case byte[] value:
                WriteTag(Tag.Blob);
                WriteBytes(parameter.Size >= 0 && parameter.Size < value.Length ? value.AsSpan(0, parameter.Size) : value);
                break;
            case double value:
                WriteReal(value, label);
                break;
            case float value:
                WriteReal(value, label);
                break;
            case decimal value:
                WriteText(value.ToString("0.0###########################", CultureInfo.InvariantCulture), parameter, label);
                break;
            case Guid value when parameter.IsarType == IsarType.Blob:
                WriteTag(Tag.Blob);
                WriteBytes(value.ToByteArray());
                break;
            case Guid value:
                WriteText(value.ToString().ToUpperInvariant(), parameter, label);
                break;
            case TimeSpan value when parameter.IsarType == IsarType.Real:
                WriteReal(value.TotalDays, label);
                break;
            case TimeSpan value:
                WriteText(value.ToString("c", CultureInfo.InvariantCulture), parameter, label);
                break;
            case TimeOnly value when parameter.IsarType == IsarType.Real:
                WriteReal(JulianDay.OfTime(value), label);
                break;
            case TimeOnly value:
                string format = value.Ticks % TimeSpan.TicksPerSecond == 0 ? "HH:mm:ss" : "HH:mm:ss.fffffff";
                WriteText(value.ToString(format, CultureInfo.InvariantCulture), parameter, label);
                break;
            case var value when ToDate(value) is { } date:
                WriteDate(date, parameter, label);
                break;
            case var value when ToInteger(value) is { } integer:
                WriteInteger(integer);
                break;
            default:
                throw new InvalidOperationException(
                    $"{label} is a {parameter.Value.GetType()}, which cannot be stored; docs/client.md lists what can.");
        }
    }

    private void WriteDate((DateTime Utc, string Text) date, IsarParameter parameter, string label)
    {
        if (parameter.IsarType == IsarType.Real)
            WriteReal(JulianDay.Of(date.Utc), label);
        else
            WriteText(date.Text, parameter, label);
    }

    private static (DateTime Day, string Text)? ToDate(object value) => value switch
    {
        DateTime date => (date, date.ToString(@"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF", CultureInfo.InvariantCulture)),
        DateTimeOffset date => (date.UtcDateTime, date.ToString(@"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFFzzz", CultureInfo.InvariantCulture)),
        DateOnly date => (date.ToDateTime(TimeOnly.MinValue), date.ToString(@"yyyy\-MM\-dd", CultureInfo.InvariantCulture)),
        _ => null,
    };

    /// <summary>The largest values of <see cref="ulong"/> become negative, and are read back as they were.</summary>
    private static long? ToInteger(object value) => value switch
    {
        Enum => ToInteger(Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), CultureInfo.InvariantCulture)),
        long integer => integer,
        int integer => integer,
        short integer => integer,
        sbyte integer => integer,
        byte integer => integer,
        ushort integer => integer,
        uint integer => integer,
        ulong integer => unchecked((long)integer),
        _ => null,
    };

    private void WriteInteger(long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            WriteTag(Tag.Int32);
            BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), (int)value);
        }
        else
        {
            WriteTag(Tag.Int64);
            BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);
        }
    }

    private void WriteReal(double value, string label)
    {
        if (double.IsNaN(value))
            throw new InvalidOperationException($"{label} is NaN, which SQLite cannot store; use DBNull.Value.");
        WriteTag(Tag.Float64);
        BinaryPrimitives.WriteDoubleLittleEndian(Take(sizeof(double)), value);
    }

    private void WriteText(string value, IsarParameter parameter, string label)
    {
        WriteTag(Tag.Text);
        WriteUtf8(parameter.Size >= 0 && parameter.Size < value.Length ? value.AsSpan(0, parameter.Size) : value, label);
    }

    private void WriteUtf8(ReadOnlySpan<char> text, string label)
    {
        int length = StrictUtf8.CountBytes(text, label);
        WriteLength(length);
        StrictUtf8.Write(text, Take(length));
    }

    private void WriteTag(Tag tag) => Take(1)[0] = (byte)tag;

    private void WriteLength(int length) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), length);

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteLength(bytes.Length);
        _buffer.Write(bytes);
    }

    private Span<byte> Take(int count)
    {
        Span<byte> span = _buffer.GetSpan(count)[..count];
        _buffer.Advance(count);
        return span;
    }
}
