namespace Isar.Storage.Sqlite;

/// <summary>Copies a database that is closed from one backend to another, and compares the two. Both are acquired.</summary>
internal static class DatabaseCopy
{
    private const int BufferLength = 1 << 20;

    /// <summary>How many bytes a backend with deferred commits is given before it has to store them.</summary>
    private const long MaxDeferredLength = 16 << 20;

    public static async ValueTask WriteAsync(
        StoragePath path, ReadyBackend from, ReadyBackend to, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferLength];
        using (IStorageFile source = from.Backend.Open(path, StorageOpenMode.ReadOnly))
        using (IStorageFile copy = to.Backend.Open(path, StorageOpenMode.Create))
        {
            long total = source.Length;
            progress?.Report(new StorageProgress(StorageStage.Copying, 0, total));
            for (long offset = 0; offset < total;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = (int)Math.Min(buffer.Length, total - offset);
                ReadAll(source, buffer.AsSpan(0, count), offset, path, from);
                copy.Write(buffer.AsSpan(0, count), offset);
                offset += count;
                if (to.DeferredCommits is not null && offset / MaxDeferredLength > (offset - count) / MaxDeferredLength)
                    await to.Backend.FlushAsync(path, cancellationToken).ConfigureAwait(false);
                await to.WaitAsync(path, cancellationToken).ConfigureAwait(false);
                await Task.Yield();
                progress?.Report(new StorageProgress(StorageStage.Copying, offset, total));
            }
            copy.Flush();
        }
        await to.Backend.FlushAsync(path, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="StorageException"><see cref="StorageErrorKind.Corrupt"/>: the copy differs.</exception>
    public static async ValueTask CompareAsync(
        StoragePath path, ReadyBackend from, ReadyBackend to, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        const int Half = BufferLength / 2;
        byte[] buffer = new byte[BufferLength];
        using IStorageFile source = from.Backend.Open(path, StorageOpenMode.ReadOnly);
        long total = source.Length;
        progress?.Report(new StorageProgress(StorageStage.Verifying, 0, total));
        // An empty file may be gone after a release.
        if (total == 0 && !to.Backend.Exists(path))
            return;
        using IStorageFile copy = to.Backend.Open(path, StorageOpenMode.ReadOnly);
        if (copy.Length != total)
            throw Damaged(path, to, $"it has {copy.Length} bytes, not {total}");
        for (long offset = 0; offset < total;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(Half, total - offset);
            ReadAll(source, buffer.AsSpan(0, count), offset, path, from);
            ReadAll(copy, buffer.AsSpan(Half, count), offset, path, to);
            int same = buffer.AsSpan(0, count).CommonPrefixLength(buffer.AsSpan(Half, count));
            if (same != count)
                throw Damaged(path, to, $"it differs at offset {offset + same}");
            offset += count;
            await Task.Yield();
            progress?.Report(new StorageProgress(StorageStage.Verifying, offset, total));
        }
    }

    public static StorageException Damaged(StoragePath path, ReadyBackend backend, string fault) => new(StorageErrorKind.Corrupt,
        $"The backend \"{backend.Name}\" did not store the copy of the database \"{path}\" as it was written: {fault}. The copy is given up.");

    private static void ReadAll(IStorageFile file, Span<byte> destination, long offset, StoragePath path, ReadyBackend backend)
    {
        if (file.Read(destination, offset) != destination.Length)
        {
            throw new StorageException(StorageErrorKind.Io,
                $"\"{path}\" in the backend \"{backend.Name}\" ends before its length: "
                + $"{destination.Length} bytes at offset {offset} cannot be read.");
        }
    }
}
