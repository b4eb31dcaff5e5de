using Isar.Storage.Conformance;

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
internal sealed class FaultyBackend(IStorageBackend inner, FaultPlan plan) : DelegatingBackend(inner)
{
    public override IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        plan.Meet(FileOperation.Open, path);
        return new FaultyFile(base.Open(path, mode), path, plan);
    }

    public override long? GetLength(StoragePath path)
    {
        plan.Meet(FileOperation.Exists, path);
        return base.GetLength(path);
    }

    public override void Delete(StoragePath path, bool flush)
    {
        plan.Meet(FileOperation.Delete, path);
        base.Delete(path, flush);
    }

    private sealed class FaultyFile(IStorageFile inner, StoragePath path, FaultPlan plan) : DelegatingFile(inner)
    {
        public override long Length
        {
            get
            {
                plan.Meet(FileOperation.GetLength, path);
                return base.Length;
            }
        }

        public override bool IsReserved
        {
            get
            {
                plan.Meet(FileOperation.IsReserved, path);
                return base.IsReserved;
            }
        }

        public override int Read(Span<byte> destination, long offset)
        {
            plan.Meet(FileOperation.Read, path);
            return base.Read(destination, offset);
        }

        public override void Write(ReadOnlySpan<byte> source, long offset)
        {
            plan.Meet(FileOperation.Write, path);
            base.Write(source, offset);
        }

        public override void SetLength(long length)
        {
            plan.Meet(FileOperation.SetLength, path);
            base.SetLength(length);
        }

        public override void Flush()
        {
            plan.Meet(FileOperation.Flush, path);
            base.Flush();
        }

        public override bool TryLock(LockLevel level)
        {
            plan.Meet(FileOperation.Lock, path);
            return base.TryLock(level);
        }

        public override void Unlock(LockLevel level)
        {
            plan.Meet(FileOperation.Unlock, path);
            base.Unlock(level);
        }
    }
}
