using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Worlds;

/// <summary>A backend over native files that behaves as one in a browser's worker does, and fails as the session wishes.</summary>
internal sealed class SessionBackend(string name, IStorageBackend inner, World world, Session session)
    : DelegatingBackend(inner), ILinkedDatabases, IOtherProcesses
{
    public override StorageCapabilities Capabilities => base.Capabilities with
    {
        Sharing = StorageSharing.ByTurns,
        WriteAheadLog = session.Faults.OffersLog,
        MaxFileLength = session.Faults.MaxFileLength,
    };

    public override ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        if (session.Faults.Unavailable.Contains(name))
            throw new StorageException(StorageErrorKind.Unavailable, $"The test has switched {name} off.");
        session.Faults.Meet(name, "initialize", default);
        return base.InitializeAsync(cancellationToken);
    }

    public ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        Meet("acquire", database);
        if (world.Held.GetOrAdd((name, database), session) != session)
            throw new StorageException(StorageErrorKind.Busy, $"Another tab holds \"{database}\" in {name}.");
        progress?.Report(new StorageProgress(StorageStage.Loading, 1, 1));
        return ValueTask.CompletedTask;
    }

    public ValueTask SuspendAsync(StoragePath database)
    {
        world.Held.TryRemove(KeyValuePair.Create((name, database), session));
        Meet("suspend", database);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken)
    {
        Meet("release", database);
        world.Held.TryRemove(KeyValuePair.Create((name, database), session));
        return ValueTask.CompletedTask;
    }

    public bool IsOpenElsewhere(StoragePath database) => ((IOtherProcesses)Inner).IsOpenElsewhere(database);

    public IReadOnlyCollection<StoragePath> GetLinks(StoragePath database) => session.Faults.Links.GetValueOrDefault(database, []);

    public void ClearLinks(StoragePath database) => session.Faults.Links.Remove(database);

    public override ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        Meet("flush", database);
        return base.FlushAsync(database, cancellationToken);
    }

    public override async ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken)
    {
        Meet("list", at ?? default);
        IReadOnlyList<StorageEntry> entries = await base.ListAsync(at, cancellationToken);
        session.Faults.Listed += entries.Count;
        return entries;
    }

    public override IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        MeetAcquired("open", path);
        IStorageFile file = base.Open(path, mode);
        return session.Faults.OffersLog ? new LoggedFile(file, this, path) : new SessionFile(file, this, path);
    }

    public override long? GetLength(StoragePath path)
    {
        MeetAcquired("exists", path);
        return base.GetLength(path);
    }

    public override void Delete(StoragePath path, bool flush)
    {
        MeetAcquired("delete", path);
        base.Delete(path, flush);
    }

    private void Meet(string operation, StoragePath path) => session.Faults.Meet(name, operation, path);

    private void MeetAcquired(string operation, StoragePath path)
    {
        Meet(operation, path);
        StoragePath database = DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : path;
        if (world.Held.GetValueOrDefault((name, database)) != session)
            throw new StorageException(StorageErrorKind.Unavailable, $"\"{database}\" is not acquired in {name}.");
    }

    private string Name => name;

    private Faults Faults => session.Faults;

    /// <summary>A file that offers what a write-ahead log needs.</summary>
    private sealed class LoggedFile(IStorageFile inner, SessionBackend backend, StoragePath path) : SessionFile(inner, backend, path), ISharedMemory
    {
        private ISharedMemory Memory => (ISharedMemory)Inner;

        public SharedMemoryAccess ShmMap(int region, int length, bool extend, bool readOnly, out nint address) =>
            Memory.ShmMap(region, length, extend, readOnly, out address);

        public bool TryShmLock(int slot, int count, bool exclusive) => Memory.TryShmLock(slot, count, exclusive);

        public void ShmUnlock(int slot, int count) => Memory.ShmUnlock(slot, count);

        public void ShmUnmap(bool delete) => Memory.ShmUnmap(delete);
    }

    private class SessionFile(IStorageFile inner, SessionBackend backend, StoragePath path) : DelegatingFile(inner)
    {
        public override long Length
        {
            get
            {
                Meet("length");
                return base.Length;
            }
        }

        public override int Read(Span<byte> destination, long offset)
        {
            Meet("read");
            return base.Read(destination, offset);
        }

        public override void Write(ReadOnlySpan<byte> source, long offset)
        {
            // The process may end in the middle of a write.
            if (!backend.Faults.Count())
            {
                base.Write(source[..(source.Length / 2)], offset);
                throw Faults.Dead();
            }
            Meet("write");
            base.Write(backend.Faults.OnWrite is { } change ? change(backend.Name, path, source.ToArray()) : source, offset);
        }

        public override void SetLength(long length)
        {
            Meet("setLength");
            base.SetLength(length);
        }

        public override void Flush()
        {
            Meet("flushFile");
            base.Flush();
        }

        private void Meet(string operation) => backend.Meet(operation, path);
    }
}
