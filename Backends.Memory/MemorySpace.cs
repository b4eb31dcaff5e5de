namespace Isar.Storage.Backends.Memory;

/// <summary>Counts the bytes of several files against a limit. Safe for any threads, without a lock.</summary>
/// <param name="limit">How many bytes they may take, where that is limited.</param>
/// <param name="files">What they are, for the error.</param>
/// <param name="remedy">What to do when the limit is reached, for the error.</param>
internal sealed class MemorySpace(long? limit, string files, string remedy)
{
    private long _used;

    /// <summary>Gets how many bytes are in use, where there is a limit.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Makes the error for a file that would exceed the limit.</summary>
    public StorageException Exceeded(string name, long length) => new(StorageErrorKind.Full,
        $"\"{name}\" cannot grow to {length} bytes: {files} together would exceed the limit of {limit} bytes. {remedy}.");

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
