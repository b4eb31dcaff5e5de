using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>One open file of the operating system.</summary>
internal sealed class NativeFile : IStorageFile
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly bool _writable;
    private readonly SharedFile _shared;
    private readonly NativeLocks _locks;

    private NativeFile(SafeFileHandle handle, string path, bool writable, bool isNameUnflushed, IByteLocks locks)
    {
        _handle = handle;
        _path = path;
        _writable = writable;
        _shared = SharedFile.Rent(path);
        if (isNameUnflushed)
            _shared.IsNameUnflushed = true;
        _locks = new NativeLocks(handle, locks);
    }

    /// <inheritdoc/>
    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(_handle);
            }
            catch (Exception e) when (NativeErrors.IsPlatformError(e))
            {
                throw NativeErrors.Translate(e, "get the length of", _path);
            }
        }
    }

    /// <inheritdoc/>
    public bool IsReserved
    {
        get
        {
            try
            {
                return _locks.IsReserved;
            }
            catch (Exception e) when (NativeErrors.IsPlatformError(e))
            {
                throw NativeErrors.TranslateLock(e, _path);
            }
        }
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path without symbolic links.</param>
    /// <param name="mode">How to open it.</param>
    /// <param name="root">The directory of the backend; missing directories are made below it.</param>
    /// <param name="database">The path of the database the file belongs to, when it is not the database itself.</param>
    /// <param name="locks">The platform's locks.</param>
    public static NativeFile Open(string path, StorageOpenMode mode, string root, string? database, IByteLocks locks)
    {
        bool mayCreate = mode == StorageOpenMode.Create;
        bool writable = mode != StorageOpenMode.ReadOnly;
        bool creates = mayCreate && !File.Exists(path);
        if (creates)
            NativeDirectory.CreateBelow(root, Path.GetDirectoryName(path)!);
        SafeFileHandle handle = File.OpenHandle(
            path,
            mayCreate ? FileMode.OpenOrCreate : FileMode.Open,
            writable ? FileAccess.ReadWrite : FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                // .NET takes a shared flock() whatever FileShare says. On macOS and BSD, and over NFS, it would conflict with the byte-range
                // locks of other SQLite processes.
                Libc.ReleaseAdvisoryLock(handle);
                if (creates && database is not null)
                    CopyPermissions(database, handle);
            }
            // An empty file may be new, or its name was never flushed.
            return new NativeFile(handle, path, writable, mayCreate && RandomAccess.GetLength(handle) == 0, locks);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> destination, long offset)
    {
        try
        {
            int total = 0;
            while (total < destination.Length)
            {
                int count = RandomAccess.Read(_handle, destination[total..], offset + total);
                if (count == 0)
                    break;
                total += count;
            }
            return total;
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "read", _path);
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        CheckWritable();
        try
        {
            RandomAccess.Write(_handle, source, offset);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "write", _path);
        }
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        CheckWritable();
        try
        {
            RandomAccess.SetLength(_handle, length);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, $"set the length to {length} bytes of", _path);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// .NET calls <c>fsync</c> on Linux, <c>FlushFileBuffers</c> on Windows and <c>fcntl(F_FULLFSYNC)</c> on macOS, which, unlike
    /// <c>fsync</c> there, also empties the drive's own cache; on iOS it is <c>fsync</c>
    /// (<see href="https://learn.microsoft.com/dotnet/api/system.io.randomaccess.flushtodisk">RandomAccess.FlushToDisk</see>).
    /// The first flush of a new file includes its name.
    /// </remarks>
    public void Flush()
    {
        // Nothing was written here, and Windows does not flush what was opened for reading.
        if (!_writable)
            return;
        try
        {
            RandomAccess.FlushToDisk(_handle);
            if (_shared.IsNameUnflushed)
            {
                NativeDirectory.Flush(Path.GetDirectoryName(_path)!);
                _shared.IsNameUnflushed = false;
            }
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "flush", _path);
        }
    }

    /// <inheritdoc/>
    public bool TryLock(LockLevel level)
    {
        // The system gives exclusive locks only on files that are open for writing.
        if (level > LockLevel.Shared)
            CheckWritable();
        try
        {
            return _locks.TryLock(level);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.TranslateLock(e, _path);
        }
    }

    /// <inheritdoc/>
    public void Unlock(LockLevel level)
    {
        try
        {
            _locks.Unlock(level);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.TranslateLock(e, _path);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_handle.IsClosed)
            return;
        try
        {
            // Closing alone may not do it: a process that is being started shares the open file until its program is loaded.
            Unlock(LockLevel.None);
        }
        finally
        {
            _handle.Dispose();
            _shared.Return();
        }
    }

    /// <summary>
    /// Gives a new journal the permissions of its database, as SQLite's own VFS does: it holds the same data, and every user that may write
    /// the database must be able to roll it back.
    /// </summary>
    [UnsupportedOSPlatform("windows")]
    private static void CopyPermissions(string database, SafeFileHandle journal)
    {
        if (!File.Exists(database))
            return;
        UnixFileMode mode = File.GetUnixFileMode(database);
        // Set only where it differs: some file systems have no permissions of single files.
        if (mode != File.GetUnixFileMode(journal))
            File.SetUnixFileMode(journal, mode);
    }

    private void CheckWritable()
    {
        if (!_writable)
        {
            throw new StorageException(StorageErrorKind.ReadOnly,
                $"\"{_path}\" was opened for reading only; open it for writing to change it.");
        }
    }
}
