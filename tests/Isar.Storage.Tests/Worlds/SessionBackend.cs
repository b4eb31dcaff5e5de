namespace Isar.Storage.Tests.Worlds;

/// <summary>A backend over native files that behaves as one in a browser's worker does, and fails as the session wishes.</summary>
internal sealed class SessionBackend(string name, IStorageBackend inner, World world, Session session) : IStorageBackend, ISuspendable, ILinkedDatabases
{
    public StorageCapabilities Capabilities => inner.Capabilities with { MaxFileLength = session.Faults.MaxFileLength };

    public string Location => inner.Location;

    public ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        if (session.Faults.Unavailable.Contains(name))
            throw new StorageException(StorageErrorKind.Unavailable, $"The test has switched {name} off.");
        session.Faults.Meet(name, "initialize", default);
        return inner.InitializeAsync(cancellationToken);
    }

    public ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        Meet("acquire", database);
        if (world.Held.GetOrAdd((name, database), session) != session)
            throw new StorageException(StorageErrorKind.Busy, $"Another tab holds \"{database}\" in {name}.");
        progress?.Report(new StorageProgress(StorageStage.Loading, 1, 1));
        return inner.AcquireAsync(database, progress: null, cancellationToken);
    }

    public ValueTask SuspendAsync(StoragePath database)
    {
        world.Held.TryRemove(KeyValuePair.Create((name, database), session));
        Meet("suspend", database);
        return ValueTask.CompletedTask;
    }

    public IReadOnlyCollection<StoragePath> GetLinks(StoragePath database) => session.Faults.Links.GetValueOrDefault(database, []);

    public void ClearLinks(StoragePath database) => session.Faults.Links.Remove(database);

    public ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken)
    {
        Meet("release", database);
        world.Held.TryRemove(KeyValuePair.Create((name, database), session));
        return inner.ReleaseAsync(database, cancellationToken);
    }

    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        Meet("flush", database);
        return inner.FlushAsync(database, cancellationToken);
    }

    public ValueTask<IReadOnlyList<StorageEntry>> ListAsync(CancellationToken cancellationToken)
    {
        Meet("list", default);
        return inner.ListAsync(cancellationToken);
    }

    public IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        MeetAcquired("open", path);
        return new SessionFile(inner.Open(path, mode), this, path);
    }

    public bool Exists(StoragePath path)
    {
        MeetAcquired("exists", path);
        return inner.Exists(path);
    }

    public void Delete(StoragePath path, bool flush)
    {
        MeetAcquired("delete", path);
        inner.Delete(path, flush);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Meet(string operation, StoragePath path) => session.Faults.Meet(name, operation, path);

    private void MeetAcquired(string operation, StoragePath path)
    {
        Meet(operation, path);
        StoragePath database = DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : path;
        if (world.Held.GetValueOrDefault((name, database)) != session)
            throw new StorageException(StorageErrorKind.Unavailable, $"\"{database}\" is not acquired in {name}.");
    }

    private sealed class SessionFile(IStorageFile inner, SessionBackend backend, StoragePath path) : IStorageFile
    {
        public long Length
        {
            get
            {
                Meet("length");
                return inner.Length;
            }
            set
            {
                Meet("setLength");
                inner.Length = value;
            }
        }

        public bool IsReserved => inner.IsReserved;

        public int Read(Span<byte> destination, long offset)
        {
            Meet("read");
            return inner.Read(destination, offset);
        }

        public void Write(ReadOnlySpan<byte> source, long offset)
        {
            // The process may end in the middle of a write.
            if (!backend.Faults.Count())
            {
                inner.Write(source[..(source.Length / 2)], offset);
                throw Faults.Dead();
            }
            Meet("write");
            inner.Write(backend.Faults.OnWrite is { } change ? change(backend.Name, path, source.ToArray()) : source, offset);
        }

        public void Flush()
        {
            Meet("flushFile");
            inner.Flush();
        }

        public bool TryLock(LockLevel level) => inner.TryLock(level);

        public void Unlock(LockLevel level) => inner.Unlock(level);

        public void Dispose() => inner.Dispose();

        private void Meet(string operation) => backend.Meet(operation, path);
    }

    private string Name => name;

    private Faults Faults => session.Faults;
}
