using Xunit;

namespace Isar.Storage.Browser.Tests.Page;

/// <summary>Values that are easily lost on the way, through the real worker and back.</summary>
public sealed class RoundTripTests : DatabaseTest
{
    private enum Size : short
    {
        Smallest = short.MinValue,
        Largest = short.MaxValue,
    }

    [Fact]
    public async Task Integers_at_their_limits()
    {
        long[] values =
        [
            0, -1, int.MinValue, int.MaxValue, (long)int.MaxValue + 1, (1L << 53) - 1, 1L << 53, (1L << 53) + 1, long.MinValue, long.MaxValue,
        ];
        foreach (long value in values)
            await AssertReturnsAsync(value, "integer");
        foreach (ulong value in (ulong[])[0, long.MaxValue, ulong.MaxValue])
            await AssertReturnsAsync(value, "integer");
        await AssertReturnsAsync(uint.MaxValue, "integer");
        await AssertReturnsAsync(ushort.MaxValue, "integer");
        await AssertReturnsAsync(short.MinValue, "integer");
        await AssertReturnsAsync(byte.MaxValue, "integer");
        await AssertReturnsAsync(sbyte.MinValue, "integer");
        await AssertReturnsAsync(true, "integer");
        await AssertReturnsAsync(Size.Smallest, "integer");
        await AssertReturnsAsync(Size.Largest, "integer");
        await AssertReturnsAsync<int?>(5, "integer");
    }

    [Fact]
    public async Task Real_numbers()
    {
        double[] values =
        [
            0, 1, -1, 0.1, 1e300, double.Epsilon, double.MaxValue, double.MinValue, 9007199254740993,
            double.PositiveInfinity, double.NegativeInfinity,
        ];
        foreach (double value in values)
            await AssertReturnsAsync(value, "real");
        await AssertReturnsAsync(0.1f, "real");
        Assert.True(double.IsNegative((double)(await ScalarAsync("SELECT ?", -0.0))!));
    }

    [Fact]
    public async Task NaN_is_refused()
    {
        foreach (object value in (object[])[double.NaN, float.NaN])
        {
            InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => ScalarAsync("SELECT ?", value));
            Assert.Contains("NaN, which SQLite cannot store", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Null()
    {
        Assert.Equal(DBNull.Value, await ScalarAsync("SELECT ?", DBNull.Value));
        await using IsarDataReader reader = await Command(Db, "SELECT NULL").ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.True(reader.IsDBNull(0));
        Assert.Null(reader.GetFieldValue<int?>(0));
        Assert.Throws<InvalidOperationException>(() => reader.GetString(0));
        Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0));
    }

    [Fact]
    public async Task Dates_and_times()
    {
        DateTime[] times = [DateTime.MinValue, DateTime.MaxValue, new(2024, 2, 29, 23, 59, 59, 999), new(2026, 11, 22, 1, 2, 3, DateTimeKind.Utc)];
        foreach (DateTime value in times)
            await AssertReturnsAsync(value, "text");
        DateTimeOffset[] offsets = [DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new(2026, 11, 22, 1, 2, 3, TimeSpan.FromHours(-9.5))];
        foreach (DateTimeOffset value in offsets)
            await AssertReturnsAsync(value, "text");
        foreach (DateOnly value in (DateOnly[])[DateOnly.MinValue, DateOnly.MaxValue])
            await AssertReturnsAsync(value, "text");
        foreach (TimeOnly value in (TimeOnly[])[TimeOnly.MinValue, TimeOnly.MaxValue, new(1, 2, 3)])
            await AssertReturnsAsync(value, "text");
        foreach (TimeSpan value in (TimeSpan[])[TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue])
            await AssertReturnsAsync(value, "text");
    }

    [Fact]
    public async Task Decimals_and_guids()
    {
        foreach (decimal value in (decimal[])[0, 1.50m, -0.01m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m])
            await AssertReturnsAsync(value, "text");
        foreach (Guid value in (Guid[])[Guid.Empty, Guid.NewGuid(), Guid.AllBitsSet])
            await AssertReturnsAsync(value, "text");
    }

    [Fact]
    public async Task Texts()
    {
        string[] texts = ["", " ", "a\0b", "\uFEFFx", "ä", "€", "😀👩‍👩‍👧‍👦", "'; DROP TABLE t; --", "e\u0301", new string('x', 4096)];
        foreach (string value in texts)
            await AssertReturnsAsync(value, "text");
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_is_refused()
    {
        foreach (object value in (object[])["\ud800", "a\udc00", '\udfff'])
        {
            InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => ScalarAsync("SELECT ?", value));
            Assert.Contains("half of a surrogate pair", error.Message, StringComparison.Ordinal);
        }
        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => ScalarAsync("SELECT '\ud800'"));
        Assert.Contains("The SQL is a text with half", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes()
    {
        foreach (byte[] value in (byte[][])[[], [0], [0, 255, 10, 13]])
            await AssertReturnsAsync(value, "blob");
    }

    [Fact]
    public async Task A_blob_of_50_MB()
    {
        var bytes = new byte[50_000_000];
        new Random(7).NextBytes(bytes);
        await ExecuteAsync("CREATE TABLE t (x)");
        Assert.Equal(1, await ExecuteAsync("INSERT INTO t VALUES (?)", bytes));
        await using IsarDataReader reader = await Command(Db, "SELECT x, length(x) FROM t").ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(bytes.Length, reader.GetInt32(1));
        Assert.True(bytes.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(0)));
    }

    [Fact]
    public async Task A_text_of_50_MB()
    {
        string text = string.Concat(Enumerable.Repeat("0123456789äöü€😀", 2_200_000));
        Assert.Equal((long)text.Length - 2_200_000, await ScalarAsync("SELECT length(?)", text));
        Assert.True(text == (string)(await ScalarAsync("SELECT ?", text))!);
    }

    [Fact]
    public async Task Values_by_name_in_a_transaction_and_stored()
    {
        object[] values =
        [
            long.MinValue, long.MaxValue, (1L << 53) + 1, 0.1, double.NegativeInfinity, "", "a\0b", "😀👩‍👩‍👧‍👦", Array.Empty<byte>(),
            new byte[] { 0, 255 }, DBNull.Value,
        ];
        await ExecuteAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
        await using IsarTransaction transaction = await Db.BeginTransactionAsync();
        foreach (object value in values)
        {
            IsarCommand command = Db.CreateCommand();
            command.CommandText = "INSERT INTO t (x) VALUES (@x); SELECT x FROM t WHERE id = last_insert_rowid()";
            command.Parameters.AddWithValue("@x", value);
            Assert.Equal(value, await command.ExecuteScalarAsync());
        }
        await transaction.CommitAsync();
        await using IsarDataReader reader = await Command(Db, "SELECT x FROM t ORDER BY id").ExecuteReaderAsync();
        foreach (object value in values)
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal(value, reader.GetValue(0));
        }
    }

    [Fact]
    public async Task What_is_too_large_for_SQLite_is_an_error_of_that_command()
    {
        foreach (string sql in (string[])["SELECT zeroblob(2000000000)", "SELECT hex(zeroblob(600000000))"])
            Assert.Equal(18, (await Assert.ThrowsAsync<IsarException>(() => ScalarAsync(sql))).SqliteErrorCode);
        Assert.Equal(1L, await ScalarAsync("SELECT 1"));
    }

    [Fact]
    public async Task What_has_no_type_in_SQLite_is_refused()
    {
        InvalidOperationException error;
        foreach (object value in (object[])[new object(), new int[1], new Uri("https://app.example/"), new Version(1, 2)])
        {
            error = await Assert.ThrowsAsync<InvalidOperationException>(() => ScalarAsync("SELECT ?", value));
            Assert.Contains(value.GetType().Name, error.Message, StringComparison.Ordinal);
        }
        IsarCommand missing = Command(Db, "SELECT @a");
        missing.Parameters.Add(new IsarParameter("@a", null));
        error = await Assert.ThrowsAsync<InvalidOperationException>(() => missing.ExecuteScalarAsync());
        Assert.Contains("use DBNull.Value", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_every_sort()
    {
        await using IsarDataReader reader = await Command(Db, "SELECT 1 AS \"ä 😀\", 2 AS a, 3 AS a, 4 AS __proto__, 5 AS \"\"").ExecuteReaderAsync();
        Assert.Equal(["ä 😀", "a", "a", "__proto__", ""], Enumerable.Range(0, reader.FieldCount).Select(reader.GetName));
        Assert.True(await reader.ReadAsync());
        Assert.Equal(2L, reader["a"]);
    }

    private async Task AssertReturnsAsync<T>(T value, string type)
    {
        await using IsarDataReader reader = await Command(Db, "SELECT ?1, typeof(?1)", value).ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal(type, reader.GetString(1));
        Assert.Equal(value, reader.GetFieldValue<T>(0));
        Assert.Equal(value, await reader.GetFieldValueAsync<T>(0));
    }
}
