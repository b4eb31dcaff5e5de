using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>
/// One connection's part in the shared memory of a database: the file <c>-shm</c> beside it, mapped and locked at the same bytes as by
/// SQLite's own VFSes, so that both are at work on one database
/// (<see href="https://sqlite.org/walformat.html#the_wal_index_file_format">WAL-Index File Format</see>).
/// </summary>
/// <remarks>
/// Each connection opens and maps the file for itself: as the locks belong to an open file, connections of one process meet as two processes
/// do, and nothing has to be counted.
/// </remarks>
internal sealed class NativeSharedMemory : IDisposable
{
    /// <summary>The first of the eight slots, one byte each, behind the two copies of the index's header and what is beside them.</summary>
    private const int FirstSlot = 120;

    private const int Slots = 8;

    /// <summary>What a file has that somebody has just begun: less than any header, so that a cut by somebody else is told from it.</summary>
    private const int LengthAtStart = 3;

    /// <summary>The length of what is made sure to have space on the disk, by a byte in it.</summary>
    private const int BlockLength = 4096;

    /// <summary>
    /// Shared by all who have the file open. Who finds it without a lock is the first: what is in the file may be from before a power loss.
    /// </summary>
    private static readonly ByteRange _deadManSwitch = new(FirstSlot + Slots, 1);

    private static readonly ByteRange _all = new(FirstSlot, Slots + 1);

    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly bool _writable;
    private readonly IByteLocks _locks;
    private readonly List<MappedRegion> _mapped = [];
    private bool _hasJoined;
    private int _regionsPerMap = 1;

    private NativeSharedMemory(SafeFileHandle handle, string path, bool writable, IByteLocks locks)
    {
        _handle = handle;
        _path = path;
        _writable = writable;
        _locks = locks;
    }

    /// <summary>Opens the file beside a database, made if it is missing; for reading only where it cannot be written.</summary>
    public static NativeSharedMemory Open(string database, bool readOnly, IByteLocks locks)
    {
        string path = database + DatabaseFiles.SharedMemorySuffix;
        try
        {
            SafeFileHandle handle = OpenHandle(path, database, readOnly, out bool writable);
            return new NativeSharedMemory(handle, path, writable, locks);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "open", path);
        }
    }

    /// <inheritdoc cref="ISharedMemory.ShmMap"/>
    public SharedMemoryAccess Map(int region, int length, bool extend, out nint address)
    {
        address = 0;
        try
        {
            if (!TryJoin())
                return SharedMemoryAccess.ReadOnlyStale;
            // A map begins at a page of the system, which may be longer than a region.
            _regionsPerMap = Math.Max(1, Environment.SystemPageSize / length);
            if (HasSpace(region / _regionsPerMap + 1, length, extend))
                address = MapRegion(region, length);
            return _writable ? SharedMemoryAccess.ReadWrite : SharedMemoryAccess.ReadOnly;
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "map", _path);
        }
    }

    /// <inheritdoc cref="ISharedMemory.TryShmLock"/>
    public bool TryLock(int slot, int count, bool exclusive)
    {
        try
        {
            return _locks.TryLock(_handle, new ByteRange(FirstSlot + slot, count), exclusive);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.TranslateLock(e, _path);
        }
    }

    /// <inheritdoc cref="ISharedMemory.ShmUnlock"/>
    public void Unlock(int slot, int count)
    {
        try
        {
            _locks.Unlock(_handle, new ByteRange(FirstSlot + slot, count));
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.TranslateLock(e, _path);
        }
    }

    /// <summary>Deletes the file, if that can be done. Nobody else has it: SQLite has an exclusive lock on the database.</summary>
    public void Delete()
    {
        try
        {
            // Windows deletes nothing that is mapped.
            Unmap();
            File.Delete(_path);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            // What is left means nothing, and the next connection voids it. SQLite's own VFSes leave it too.
        }
    }

    public void Dispose()
    {
        if (_handle.IsClosed)
            return;
        Unmap();
        try
        {
            // Closing alone may not do it: a process that is being started shares the open file until its program is loaded.
            if (_locks.UnlocksAnyRange)
                _locks.Unlock(_handle, _all);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.TranslateLock(e, _path);
        }
        finally
        {
            _handle.Dispose();
        }
    }

    private static SafeFileHandle OpenHandle(string path, string database, bool readOnly, out bool writable)
    {
        // Its directory is not made: the database is there.
        string root = Path.GetDirectoryName(path)!;
        if (!readOnly)
        {
            try
            {
                writable = true;
                return NativeFile.OpenHandle(path, StorageOpenMode.Create, root, database, out _);
            }
            catch (Exception e) when (NativeErrors.IsPlatformError(e) && File.Exists(path))
            {
                // Another user's, or on a disk that cannot be written: then it is read.
            }
        }
        writable = false;
        return NativeFile.OpenHandle(path, StorageOpenMode.ReadOnly, root, database, out _);
    }

    /// <summary>Becomes one of those who have the file open. Who is the first voids what is in it.</summary>
    /// <returns><see langword="false"/> when nobody has, and this one may not write: it may become so at the next call.</returns>
    private bool TryJoin()
    {
        if (_hasJoined)
            return true;
        if (_writable && _locks.TryLock(_handle, _deadManSwitch, exclusive: true))
        {
            VoidContent();
            _locks.Lower(_handle, _deadManSwitch);
            _hasJoined = true;
        }
        else if (!_writable && !_locks.IsLocked(_handle, _deadManSwitch))
        {
            return false;
        }
        else if (_locks.IsShared(_handle, _deadManSwitch))
        {
            _hasJoined = _locks.TryLock(_handle, _deadManSwitch, exclusive: false);
        }
        // A shared lock is not tried where an exclusive one is in the way: its holder could die before it has voided the file.
        return _hasJoined ? true : throw new StorageException(StorageErrorKind.Busy, $"Another connection is just beginning to use \"{_path}\".");
    }

    /// <summary>Makes the file one that says nothing, or lets others try.</summary>
    private void VoidContent()
    {
        try
        {
            RandomAccess.SetLength(_handle, 0);
            RandomAccess.SetLength(_handle, LengthAtStart);
        }
        catch
        {
            _locks.Unlock(_handle, _deadManSwitch);
            throw;
        }
    }

    /// <summary>Tells whether the file is long enough for some maps; makes it so if that is asked for.</summary>
    private bool HasSpace(int maps, int length, bool extend)
    {
        long wanted = (long)maps * _regionsPerMap * length;
        if (_mapped.Count >= maps)
            return true;
        long current = RandomAccess.GetLength(_handle);
        if (current >= wanted)
            return true;
        if (!extend || !_writable)
            return false;
        // A byte in each block: in a hole without space on the disk, a write to memory would end the process.
        for (long block = current / BlockLength; block < wanted / BlockLength; block++)
            RandomAccess.Write(_handle, [0], (block + 1) * BlockLength - 1);
        return true;
    }

    private nint MapRegion(int region, int length)
    {
        int mapLength = _regionsPerMap * length;
        while (_mapped.Count <= region / _regionsPerMap)
            _mapped.Add(MappedRegion.Map(_handle, (long)_mapped.Count * mapLength, mapLength, _writable, _path));
        return _mapped[region / _regionsPerMap].Address + region % _regionsPerMap * length;
    }

    private void Unmap()
    {
        foreach (MappedRegion region in _mapped)
            region.Dispose();
        _mapped.Clear();
    }
}
