using System.Text;
using Isar.Storage.Client;
using Isar.Storage.Protocol;
using Xunit;

namespace Isar.Storage.Tests.Client;

/// <summary>Results that are whole are read, and damaged ones are refused wherever they are damaged.</summary>
public sealed class RowBatchTests
{
    [Fact]
    public void Rows_are_read_one_after_another()
    {
        byte[] block =
        [
            .. Result(["INT", ""], ["a", "b"], Int32(-5), Text("ä"), Null(), Blob(1, 2)),
            .. Result([""], ["c"], Int64(1L << 40), Real(0.5)),
        ];
        var first = new RowBatch(block, 0);
        Assert.Equal(["a", "b"], first.Names);
        Assert.Equal(["INT", ""], first.DeclaredTypes);
        Assert.True(first.HasRows);
        Assert.True(first.MoveNext());
        Assert.Equal(-5, first.ReadInteger(0));
        Assert.Equal("ä"u8, first.ReadBytes(1).Span);
        var second = new RowBatch(block, first.Skip());
        Assert.True(second.MoveNext());
        Assert.Equal(1L << 40, second.ReadInteger(0));
        Assert.True(second.MoveNext());
        Assert.Equal(0.5, second.ReadReal(0));
        Assert.False(second.MoveNext());
        Assert.False(second.OnRow);
        Assert.Equal(block.Length, second.Skip());
    }

    [Fact]
    public void A_block_that_ends_early_is_refused()
    {
        byte[] whole = Result(["INT", ""], ["a", "b"], Int32(-5), Text("ä"), Null(), Blob(1, 2), Real(1), Int64(1L << 40));
        Assert.Equal(whole.Length, new RowBatch(whole, 0).Skip());
        for (int length = 0; length < whole.Length; length++)
            AssertDamaged(whole[..length]);
    }

    [Fact]
    public void Impossible_parts_are_refused()
    {
        AssertDamaged(Result([""], ["a"], [6]));
        AssertDamaged(Result([""], ["a"], [255]));
        AssertDamaged(Result([""], ["a", "b"]));
        byte[] huge = BitConverter.GetBytes(uint.MaxValue);
        AssertDamaged(huge);
        AssertDamaged([1, 0, 0, 0, .. huge]);
        AssertDamaged([0, 0, 0, 0, .. huge]);
        AssertDamaged([.. Result([""], ["a"])[..^9], .. huge, .. new byte[5]]);
        AssertDamaged(Result([""], ["a"], [(byte)Tag.Text, .. huge]));
        AssertDamaged(Result([""], ["a"], [(byte)Tag.Blob, 255, 255, 255, 127]));
    }

    [Fact]
    public void Random_damage_never_reads_beyond_the_block()
    {
        byte[] whole = Result(["INT", ""], ["a", "b"], Int32(-5), Text("text"), Null(), Blob(1, 2), Real(1), Int64(1L << 40));
        var random = new Random(20261122);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. whole];
            for (int j = random.Next(1, 4); j > 0; j--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                var batch = new RowBatch(damaged, 0);
                // Rows without columns take no bytes, so that there may be any number of them.
                while (batch.Names.Count > 0 && batch.MoveNext())
                {
                    for (int column = 0; column < batch.Names.Count; column++)
                        CellValues.ReadValue(batch, column);
                }
            }
            catch (IsarException e)
            {
                Assert.Equal(IsarErrorKind.Protocol, e.Kind);
            }
        }
    }

    private static void AssertDamaged(byte[] block)
    {
        IsarException error = Assert.Throws<IsarException>(() => new RowBatch(block, 0).Skip());
        Assert.Equal(IsarErrorKind.Protocol, error.Kind);
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Result(string[] types, string[] names, params byte[][] values) =>
    [
        .. BitConverter.GetBytes(types.Length), .. types.SelectMany(Block), .. BitConverter.GetBytes(names.Length),
        .. BitConverter.GetBytes(values.Length / names.Length), .. names.SelectMany(Block), .. values.SelectMany(value => value),
    ];

    private static byte[] Block(string text) => [.. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Null() => [(byte)Tag.Null];

    private static byte[] Int32(int value) => [(byte)Tag.Int32, .. BitConverter.GetBytes(value)];

    private static byte[] Int64(long value) => [(byte)Tag.Int64, .. BitConverter.GetBytes(value)];

    private static byte[] Real(double value) => [(byte)Tag.Float64, .. BitConverter.GetBytes(value)];

    private static byte[] Text(string value) => [(byte)Tag.Text, .. Block(value)];

    private static byte[] Blob(params byte[] value) => [(byte)Tag.Blob, .. BitConverter.GetBytes(value.Length), .. value];
}
