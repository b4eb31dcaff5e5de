using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Client;

/// <summary>A database is to be usable by both: what this client stores and reads is held against Microsoft.Data.Sqlite itself.</summary>
public sealed class ConversionTests : IAsyncLifetime
{
    private readonly SqliteConnection _other = new("Data Source=:memory:");
    private IsarConnection _mine = null!;

    private enum Small : byte
    {
        One = 1,
        Last = 255,
    }

    private enum Large : ulong
    {
        Last = ulong.MaxValue,
    }

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
    public async Task Values_are_stored_as_the_other_stores_them()
    {
        object[] values =
        [
            DBNull.Value, true, false, 'x', '\0', 'é', "", "text", "a\0b", "😀", "'", new string('ä', 100_000),
            Array.Empty<byte>(), new byte[] { 0, 255 },
            (sbyte)-1, sbyte.MinValue, (byte)255, short.MinValue, ushort.MaxValue, 0, int.MinValue, int.MaxValue, uint.MaxValue,
            long.MinValue, long.MaxValue, (long)int.MaxValue + 1, ulong.MaxValue, 1L << 53, Small.One, Small.Last, Large.Last, DayOfWeek.Friday,
            0.0, -0.0, 1.0, 0.1, 1e300, double.Epsilon, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, 1.5f, 0.1f,
            0m, 1m, -1.50m, 79228162514264337593543950335m, 0.0000000000000000000000000001m,
            Guid.Empty, Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
            DateTime.MinValue, DateTime.MaxValue,
            new DateTime(2026, 11, 22), new DateTime(2026, 11, 22, 1, 2, 3), new DateTime(2026, 11, 22, 1, 2, 3, 450),
            new DateTime(2026, 11, 22, 1, 2, 3, DateTimeKind.Utc), new DateTime(2026, 2, 28, 23, 59, 59, 999, DateTimeKind.Local),
            new DateTimeOffset(2026, 11, 22, 1, 2, 3, TimeSpan.FromHours(-9.5)), new DateTimeOffset(2026, 11, 22, 1, 2, 3, 400, TimeSpan.Zero),
            DateOnly.MinValue, DateOnly.MaxValue, new DateOnly(2024, 2, 29),
            TimeOnly.MinValue, TimeOnly.MaxValue, new TimeOnly(13, 14, 15), new TimeOnly(13, 14, 15, 160),
            TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.MaxValue, TimeSpan.FromHours(-1.5), new TimeSpan(1, 2, 3, 4, 5),
        ];
        foreach (object value in values)
        {
            foreach (SqliteType? type in (SqliteType?[])[null, SqliteType.Integer, SqliteType.Real, SqliteType.Text, SqliteType.Blob])
                await AssertSameAsync(value, type, size: null);
        }
    }

    [Fact]
    public async Task A_size_cuts_as_the_other_cuts()
    {
        foreach (object value in (object[])["text", new byte[] { 1, 2, 3 }, 1.5m, Guid.Empty, 'x', 5, 2.5])
        {
            foreach (int size in (int[])[-1, 0, 1, 2, 100])
                await AssertSameAsync(value, null, size);
        }
    }

    [Fact]
    public async Task What_the_other_refuses_is_refused()
    {
        object?[] values = [double.NaN, float.NaN, null, new object(), new Uri("https://app.example/"), new[] { 1 }, new Version(1, 0)];
        foreach (object? value in values)
        {
            Assert.Throws<InvalidOperationException>(() => StoreInOther(value, null, null));
            await Assert.ThrowsAsync<InvalidOperationException>(() => StoreInMineAsync(value, null, null));
        }
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_is_refused_where_the_other_would_replace_it()
    {
        foreach (object value in (object[])["\ud800", "a\udc00b", '\ud83d'])
        {
            InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => StoreInMineAsync(value, null, null));
            Assert.Contains("Parameter @p is a text with half of a surrogate pair", error.Message, StringComparison.Ordinal);
        }
    }

    private async Task AssertSameAsync(object value, SqliteType? type, int? size)
    {
        string expected = Outcome(() => StoreInOther(value, type, size));
        string actual = await OutcomeAsync(() => StoreInMineAsync(value, type, size));
        Assert.True(expected == actual, $"{value} ({value.GetType().Name}) as {type}, size {size}: {expected} there, {actual} here.");
    }

    private string StoreInOther(object? value, SqliteType? type, int? size)
    {
        using var command = new SqliteCommand("SELECT typeof(@p) || ' ' || quote(@p)", _other);
        SqliteParameter parameter = command.Parameters.AddWithValue("@p", value);
        if (type is not null)
            parameter.SqliteType = type.Value;
        if (size is not null)
            parameter.Size = size.Value;
        return (string)command.ExecuteScalar()!;
    }

    private async Task<string> StoreInMineAsync(object? value, SqliteType? type, int? size)
    {
        var command = new IsarCommand("SELECT typeof(@p) || ' ' || quote(@p)", _mine);
        command.Parameters.Add(new IsarParameter("@p", value) { IsarType = (IsarType?)type, Size = size ?? -1 });
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static string Outcome(Func<string> action)
    {
        try
        {
            return action();
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }

    private static async Task<string> OutcomeAsync(Func<Task<string>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }
}
