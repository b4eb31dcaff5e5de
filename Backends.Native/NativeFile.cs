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
    private readonly FileLocks.Holder _lock;

    private NativeFile(SafeFileHandle handle, string path, bool writable, bool isNameUnflushed)
    {
        _handle = handle;
        _path = path;
        _writable = writable;
        _shared = SharedFile.Rent(path);
        if (isNameUnflushed)
            _shared.IsNameUnflushed = true;
        _lock = new FileLocks.Holder(_shared.Locks);
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

        set
        {
            CheckWritable();
            try
            {
                RandomAccess.SetLength(_handle, value);
            }
            catch (Exception e) when (NativeErrors.IsPlatformError(e))
            {
                throw NativeErrors.Translate(e, $"set the length to {value} bytes of", _path);
            }
        }
    }

    /// <inheritdoc/>
    public bool IsReserved => _lock.IsReserved;

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path without symbolic links.</param>
    /// <param name="mode">How to open it.</param>
    /// <param name="root">The directory of the backend; missing directories are made below it.</param>
    /// <param name="database">The path of the database the file belongs to, when it is not the database itself.</param>
    public static NativeFile Open(string path, StorageOpenMode mode, string root, string? database)
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
                // .NET takes a shared flock() whatever FileShare says. On macOS and BSD, and over NFS, it would stand against the
                // byte-range locks of other SQLite processes.
                Libc.ReleaseAdvisoryLock(handle);
                if (creates && database is not null)
                    CopyPermissions(database, handle);
            }
            // An empty file may be new, or was never flushed since it was.
            return new NativeFile(handle, path, writable, isNameUnflushed: mayCreate && RandomAccess.GetLength(handle) == 0);
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
    public bool TryLock(LockLevel level) => _lock.TryLock(level);

    /// <inheritdoc/>
    public void Unlock(LockLevel level) => _lock.Unlock(level);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_handle.IsClosed)
            return;
        _lock.Dispose();
        _handle.Dispose();
        _shared.Return();
    }

    /// <summary>
    /// Gives a new journal the permissions of its database, as SQLite's own VFS does: it holds the same data, and whoever may write the
    /// database must be able to roll it back.
    /// </summary>
    [UnsupportedOSPlatform("windows")]
    private static void CopyPermissions(string database, SafeFileHandle journal)
    {
        if (!File.Exists(database))
            return;
        UnixFileMode mode = File.GetUnixFileMode(database);
        // Not asked for when it is so already: some file systems know no permissions of single files.
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
