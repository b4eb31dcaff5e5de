namespace Isar.Storage.SharedTests;

/// <summary>What can be made to fail.</summary>
public enum FileOperation
{
    Open,
    Exists,
    Delete,
    Read,
    Write,
    GetLength,
    SetLength,
    Flush,
    Lock,
    Unlock,
    IsReserved,
}

/// <summary>Decides which operation fails, and how.</summary>
internal sealed class FaultPlan
{
    /// <summary>Gets or sets what an operation on a path throws; <see langword="null"/> for nothing.</summary>
    public Func<FileOperation, StoragePath, Exception?>? Fault { get; set; }

    public void Meet(FileOperation operation, StoragePath path)
    {
        if (Fault?.Invoke(operation, path) is { } exception)
            throw exception;
    }
}

/// <summary>Wraps a backend and lets its operations fail as a plan says, before they do anything.</summary>
internal sealed class FaultyBackend(IStorageBackend inner, FaultPlan plan) : IStorageBackend
{
    public StorageCapabilities Capabilities => inner.Capabilities;

    public string Location => inner.Location;

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
        => inner.AcquireAsync(database, progress, cancellationToken);

    public ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken) => inner.ReleaseAsync(database, cancellationToken);

    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken) => inner.FlushAsync(database, cancellationToken);

    public ValueTask<IReadOnlyList<StorageEntry>> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    public IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        plan.Meet(FileOperation.Open, path);
        return new FaultyFile(inner.Open(path, mode), path, plan);
    }

    public bool Exists(StoragePath path)
    {
        plan.Meet(FileOperation.Exists, path);
        return inner.Exists(path);
    }

    public void Delete(StoragePath path, bool flush)
    {
        plan.Meet(FileOperation.Delete, path);
        inner.Delete(path, flush);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class FaultyFile(IStorageFile inner, StoragePath path, FaultPlan plan) : IStorageFile
    {
        public long Length
        {
            get
            {
                plan.Meet(FileOperation.GetLength, path);
                return inner.Length;
            }
            set
            {
                plan.Meet(FileOperation.SetLength, path);
                inner.Length = value;
            }
        }

        public bool IsReserved
        {
            get
            {
                plan.Meet(FileOperation.IsReserved, path);
                return inner.IsReserved;
            }
        }

        public int Read(Span<byte> destination, long offset)
        {
            plan.Meet(FileOperation.Read, path);
            return inner.Read(destination, offset);
        }

        public void Write(ReadOnlySpan<byte> source, long offset)
        {
            plan.Meet(FileOperation.Write, path);
            inner.Write(source, offset);
        }

        public void Flush()
        {
            plan.Meet(FileOperation.Flush, path);
            inner.Flush();
        }

        public bool TryLock(LockLevel level)
        {
            plan.Meet(FileOperation.Lock, path);
            return inner.TryLock(level);
        }

        public void Unlock(LockLevel level)
        {
            plan.Meet(FileOperation.Unlock, path);
            inner.Unlock(level);
        }

        public void Dispose() => inner.Dispose();
    }
}
