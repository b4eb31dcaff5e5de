namespace Isar.Storage.Backends.Memory;

/// <summary>Counts the bytes of several files against a limit. Safe for any threads, without a lock.</summary>
internal sealed class MemorySpace(long? limit)
{
    private long _used;

    public long? Limit => limit;

    /// <summary>Counts bytes that are about to be used.</summary>
    /// <returns><see langword="false"/> when they would exceed the limit; nothing is counted then.</returns>
    public bool TryTake(long bytes)
    {
        if (limit is not { } max)
            return true;
        long used = Volatile.Read(ref _used);
        while (bytes <= max - used)
        {
            long seen = Interlocked.CompareExchange(ref _used, used + bytes, used);
            if (seen == used)
                return true;
            used = seen;
        }
        return false;
    }

    public void Give(long bytes)
    {
        if (limit is not null)
            Interlocked.Add(ref _used, -bytes);
    }
}
