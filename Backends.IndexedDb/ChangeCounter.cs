using System.Buffers.Binary;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>
/// The counter by which connections notice that their cached pages are out of date
/// go back with them: a later commit would reuse a number under which a connection has cached other pages.
/// </summary>
internal static class ChangeCounter
{
    private const int CounterAt = 24;
    private const int ValidForAt = 92;

    private static readonly byte[] _magic = [.. "SQLite format 3"u8, 0];

    /// <summary>Gets the counter, or <see langword="null"/> when the file is no database.</summary>
    public static uint? In(IndexedDbContent content) =>
        ReadHeader(content) is { } header ? BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(CounterAt)) : null;

    /// <summary>Sets the counter, and with it the header's "version-valid-for number" where that equals it.</summary>
    public static void Set(IndexedDbContent content, uint value)
    {
        if (ReadHeader(content) is not { } header)
            return;
        bool vouches = header.AsSpan(CounterAt, sizeof(uint)).SequenceEqual(header.AsSpan(ValidForAt, sizeof(uint)));
        byte[] counter = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(counter, value);
        content.Write(counter, CounterAt);
        if (vouches)
            content.Write(counter, ValidForAt);
    }

    private static byte[]? ReadHeader(IndexedDbContent content)
    {
        byte[] header = new byte[100];
        return content.Read(header, 0) == header.Length && header.AsSpan().StartsWith(_magic) ? header : null;
    }
}
