using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Test data, and comparing it.</summary>
internal static class Bytes
{
    /// <summary>What a buffer holds before a read, to see what the read did not touch.</summary>
    public const byte Untouched = 0xA5;

    /// <summary>Lengths around the sizes in which SQLite and the backends think: sectors, database pages, blocks and runs.</summary>
    public static readonly int[] EdgeLengths =
        [1, 511, 513, 4095, 4096, 4097, 8191, 65535, 65536, 65537, 100_001, 262_143, 262_144, 262_145];

    /// <summary>Makes bytes that are never zero and whose places are told apart by their values.</summary>
    public static byte[] Pattern(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)(1 + ((i * 31) + ((i >> 8) * 7) + (seed * 53)) % 255);
        return bytes;
    }

    /// <summary>Reads bytes that must all be there.</summary>
    public static byte[] ReadBytes(this IStorageFile file, long offset, int length)
    {
        byte[] buffer = new byte[length];
        buffer.AsSpan().Fill(Untouched);
        int read = file.Read(buffer, offset);
        Assert.True(read == length, $"Read {read} of {length} bytes at offset {offset} of a file with {file.Length} bytes.");
        return buffer;
    }

    /// <summary>Compares, and says where the first difference is.</summary>
    public static void Equal(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        int same = expected.CommonPrefixLength(actual);
        if (same == expected.Length && same == actual.Length)
            return;
        Assert.Fail($"Expected {expected.Length} bytes, found {actual.Length}; they differ from byte {same} on: "
            + $"expected {Convert.ToHexString(expected[same..Math.Min(same + 8, expected.Length)])}, "
            + $"found {Convert.ToHexString(actual[same..Math.Min(same + 8, actual.Length)])}.");
    }

    /// <summary>Fails unless all are zero.</summary>
    public static void Zero(ReadOnlySpan<byte> actual)
    {
        int other = actual.IndexOfAnyExcept((byte)0);
        Assert.True(other < 0, $"Expected {actual.Length} zeros, but byte {other} is not.");
    }
}
