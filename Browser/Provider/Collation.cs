using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>A collation, and the user data that is handed to it.</summary>
internal sealed class Collation(delegate_collation compare, object? userData)
{
    public int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => compare(userData, left, right);
}
