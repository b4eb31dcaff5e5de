using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>A database that can have a write-ahead log. The shared memory of its connections is opened when SQLite first asks for it.</summary>
internal sealed class NativeDatabaseFile(
    SafeFileHandle handle, string path, bool writable, bool isNameUnflushed, IByteLocks locks, FileStatus? status)
    : NativeFile(handle, path, writable, isNameUnflushed, locks, isDatabase: true, status), ISharedMemory
{
    private NativeSharedMemory? _sharedMemory;

    private NativeSharedMemory SharedMemory => _sharedMemory
        ?? throw new StorageException(StorageErrorKind.Io, $"The shared memory of \"{Path}\" is not open, so nothing of it can be locked.");

    /// <inheritdoc/>
    /// <remarks>The file <c>-shm</c> beside the database, made with the database's permissions.</remarks>
    public SharedMemoryAccess ShmMap(int region, int length, bool extend, bool readOnly, out nint address)
    {
        _sharedMemory ??= NativeSharedMemory.Open(Path, readOnly, ByteLocks);
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

    /// <inheritdoc/>
    public override void Dispose()
    {
        try
        {
            ShmUnmap(delete: false);
        }
        finally
        {
            base.Dispose();
        }
    }
}
