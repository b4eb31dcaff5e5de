using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>A collation, and what its caller wants to have handed in.</summary>
internal sealed class Collation(delegate_collation compare, object? userData)
{
    public int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => compare(userData, left, right);
}
