namespace Isar.Storage.Conformance;

/// <summary>
/// A backend that hands everything on to another one; what a subclass overrides is different. Optional abilities are not handed on: a
/// subclass that has one implements its interface.
/// </summary>
public abstract class DelegatingBackend(IStorageBackend inner) : IStorageBackend
{
    public virtual StorageCapabilities Capabilities => inner.Capabilities;

    public virtual string Location => inner.Location;

    protected IStorageBackend Inner => inner;

    public virtual ValueTask InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public virtual ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken) => inner.FlushAsync(database, cancellationToken);

    public virtual ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken) =>
        inner.ListAsync(at, cancellationToken);

    public virtual IStorageFile Open(StoragePath path, StorageOpenMode mode) => inner.Open(path, mode);

    public virtual long? GetLength(StoragePath path) => inner.GetLength(path);

    public virtual void Delete(StoragePath path, bool flush) => inner.Delete(path, flush);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }
}

/// <summary>An open file that hands everything on to another one, without optional abilities, as <see cref="DelegatingBackend"/> does.</summary>
public abstract class DelegatingFile(IStorageFile inner) : IStorageFile
{
    public virtual long Length => inner.Length;

    public virtual bool IsReserved => inner.IsReserved;

    protected IStorageFile Inner => inner;

    public virtual int Read(Span<byte> destination, long offset) => inner.Read(destination, offset);

    public virtual void Write(ReadOnlySpan<byte> source, long offset) => inner.Write(source, offset);

    public virtual void SetLength(long length) => inner.SetLength(length);

    public virtual void Flush() => inner.Flush();

    public virtual bool TryLock(LockLevel level) => inner.TryLock(level);

    public virtual void Unlock(LockLevel level) => inner.Unlock(level);

    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        inner.Dispose();
    }
}
