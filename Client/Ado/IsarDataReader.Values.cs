using Isar.Storage.Client;
using Isar.Storage.Protocol;

namespace Isar.Storage;

/// <content>The values of the current row. Each getter says what it does beside reading the column; docs/client.md has the whole table.</content>
public sealed partial class IsarDataReader
{
    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Row(ordinal).TagOf(ordinal) == Tag.Null;

    /// <inheritdoc/>
    public override Task<bool> IsDBNullAsync(int ordinal, CancellationToken cancellationToken) =>
        Completed(() => IsDBNull(ordinal), cancellationToken);

    /// <summary>
    /// Gets a value as SQLite has it: <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <see cref="byte"/> array or
    /// <see cref="DBNull"/>.
    /// </summary>
    public override object GetValue(int ordinal) => CellValues.ReadValue(Row(ordinal), ordinal);

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int count = Math.Min(values.Length, FieldCount);
        for (int i = 0; i < count; i++)
            values[i] = GetValue(i);
        return count;
    }

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => CellValues.ReadInt64(Row(ordinal), ordinal);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => CellValues.ReadDouble(Row(ordinal), ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => CellValues.ReadDecimal(Row(ordinal), ordinal);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => CellValues.ReadChar(Row(ordinal), ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => CellValues.ReadString(Row(ordinal), ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => CellValues.ReadGuid(Row(ordinal), ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => CellValues.ReadDateTime(Row(ordinal), ordinal);

    /// <summary>Gets a value as a <see cref="DateTimeOffset"/>; one without an offset is UTC.</summary>
    public DateTimeOffset GetDateTimeOffset(int ordinal) => CellValues.ReadDateTimeOffset(Row(ordinal), ordinal);

    /// <summary>Gets a value as a <see cref="TimeSpan"/>; a number is in days.</summary>
    public TimeSpan GetTimeSpan(int ordinal) => CellValues.ReadTimeSpan(Row(ordinal), ordinal);

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
    {
        ReadOnlySpan<byte> bytes = Row(ordinal).TagOf(ordinal) == Tag.Blob
            ? Row(ordinal).ReadBytes(ordinal).Span
            : CellValues.ReadBlob(Row(ordinal), ordinal);
        return Copy(bytes, dataOffset, buffer, bufferOffset, length);
    }

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Copy<char>(GetString(ordinal), dataOffset, buffer, bufferOffset, length);

    /// <summary>Gets a stream over the bytes of a value; they are in memory already.</summary>
    public override Stream GetStream(int ordinal) => new MemoryStream(CellValues.ReadBlob(Row(ordinal), ordinal), writable: false);

    /// <summary>Gets a reader over the text of a value; it is in memory already.</summary>
    public override TextReader GetTextReader(int ordinal) => new StringReader(GetString(ordinal));

    /// <summary>
    /// Gets a value as a type: that of any other getter, <see cref="DateOnly"/>, <see cref="TimeOnly"/>, an unsigned integer,
    /// <see cref="sbyte"/>, an enum, <see cref="Stream"/>, <see cref="TextReader"/>, or a nullable type of these.
    /// </summary>
    /// <exception cref="InvalidCastException">The value is not a <typeparamref name="T"/>, or no value can be read as this type.</exception>
    /// <exception cref="InvalidOperationException">The value is NULL, and <typeparamref name="T"/> is not a nullable value type.</exception>
    /// <exception cref="OverflowException">The number is outside the range of <typeparamref name="T"/>.</exception>
    public override T GetFieldValue<T>(int ordinal)
    {
        Type? nullable = Nullable.GetUnderlyingType(typeof(T));
        if (IsDBNull(ordinal))
        {
            if (typeof(T) == typeof(object) || typeof(T) == typeof(DBNull))
                return (T)(object)DBNull.Value;
            if (nullable is not null)
                return default!;
        }
        Type type = nullable ?? typeof(T);
        return type.IsEnum ? (T)Enum.ToObject(type, Convert(Enum.GetUnderlyingType(type), ordinal)) : (T)Convert(type, ordinal);
    }

    /// <inheritdoc/>
    public override Task<T> GetFieldValueAsync<T>(int ordinal, CancellationToken cancellationToken) =>
        Completed(() => GetFieldValue<T>(ordinal), cancellationToken);

    private object Convert(Type type, int ordinal) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => GetBoolean(ordinal),
        TypeCode.Char => GetChar(ordinal),
        TypeCode.SByte => checked((sbyte)GetInt64(ordinal)),
        TypeCode.Byte => GetByte(ordinal),
        TypeCode.Int16 => GetInt16(ordinal),
        TypeCode.UInt16 => checked((ushort)GetInt64(ordinal)),
        TypeCode.Int32 => GetInt32(ordinal),
        TypeCode.UInt32 => checked((uint)GetInt64(ordinal)),
        TypeCode.Int64 => GetInt64(ordinal),
        // ParameterWriter stores the largest values as negative numbers.
        TypeCode.UInt64 => unchecked((ulong)GetInt64(ordinal)),
        TypeCode.Single => GetFloat(ordinal),
        TypeCode.Double => GetDouble(ordinal),
        TypeCode.Decimal => GetDecimal(ordinal),
        TypeCode.DateTime => GetDateTime(ordinal),
        TypeCode.String => GetString(ordinal),
        _ when type == typeof(object) => GetValue(ordinal),
        _ when type == typeof(byte[]) => CellValues.ReadBlob(Row(ordinal), ordinal),
        _ when type == typeof(Guid) => GetGuid(ordinal),
        _ when type == typeof(DateTimeOffset) => GetDateTimeOffset(ordinal),
        _ when type == typeof(DateOnly) => CellValues.ReadDateOnly(Row(ordinal), ordinal),
        _ when type == typeof(TimeOnly) => CellValues.ReadTimeOnly(Row(ordinal), ordinal),
        _ when type == typeof(TimeSpan) => GetTimeSpan(ordinal),
        _ when type == typeof(Stream) => GetStream(ordinal),
        _ when type == typeof(TextReader) => GetTextReader(ordinal),
        _ => throw new InvalidCastException($"A value of SQLite cannot be read as {type}; docs/client.md lists what can."),
    };

    private static long Copy<T>(ReadOnlySpan<T> source, long offset, T[]? buffer, int bufferOffset, int length)
    {
        if (buffer is null)
            return source.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        int count = (int)Math.Min(Math.Max(source.Length - offset, 0), length);
        if (count > 0)
            source.Slice((int)offset, count).CopyTo(buffer.AsSpan(bufferOffset));
        return count;
    }
}
