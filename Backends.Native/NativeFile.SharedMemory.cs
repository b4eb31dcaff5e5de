namespace Isar.Storage.Backends.Native;

/// <content>The shared memory of a database, opened when SQLite first asks for it.</content>
internal sealed partial class NativeFile : ISharedMemory
{
    private NativeSharedMemory? _sharedMemory;

    private NativeSharedMemory SharedMemory => _sharedMemory
        ?? throw new StorageException(StorageErrorKind.Io, $"The shared memory of \"{_path}\" is not open, so nothing of it can be locked.");

    /// <inheritdoc/>
    /// <remarks>The file <c>-shm</c> beside the database, made with the database's permissions.</remarks>
    public SharedMemoryAccess ShmMap(int region, int length, bool extend, bool readOnly, out nint address)
    {
        _sharedMemory ??= NativeSharedMemory.Open(_path, readOnly, _byteLocks);
        return _sharedMemory.Map(region, length, extend, out address);
    }

    /// <inheritdoc/>
    public bool TryShmLock(int slot, int count, bool exclusive) => SharedMemory.TryLock(slot, count, exclusive);

    /// <inheritdoc/>
    public void ShmUnlock(int slot, int count) => SharedMemory.Unlock(slot, count);

    /// <inheritdoc/>
    public void ShmUnmap(bool delete)
    {
        if (_sharedMemory is not { } memory)
            return;
        _sharedMemory = null;
        try
        {
            if (delete)
                memory.Delete();
        }
        finally
        {
            memory.Dispose();
        }
    }
}
