using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>One open file of the operating system.</summary>
internal class NativeFile : IStorageFile, IHasMoved
{
    /// <summary>What a new file allows before the umask.</summary>
    private const UnixFileMode Everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly SafeFileHandle _handle;
    private readonly bool _writable;
    private readonly SharedFile _shared;
    private readonly NativeLocks _locks;
    private readonly bool _isDatabase;
    private readonly FileStatus? _identity;

    protected NativeFile(
        SafeFileHandle handle, string path, bool writable, bool isNameUnflushed, IByteLocks locks, bool isDatabase, FileStatus? status)
    {
        _handle = handle;
        ByteLocks = locks;
        _isDatabase = isDatabase;
        _identity = isDatabase ? status : null;
        Path = path;
        _writable = writable;
        _shared = SharedFile.Rent(path);
        if (isNameUnflushed)
            _shared.IsNameUnflushed = true;
        _locks = new NativeLocks(handle, locks);
    }

    protected string Path { get; }

    /// <summary>Gets the platform's locks.</summary>
    protected IByteLocks ByteLocks { get; }

    /// <inheritdoc/>
    public long Length
    {
        get
        {
            try
            {
                return LengthOf(_handle, FileStatus.Of(_handle));
            }
            catch (Exception e) when (NativeErrors.IsPlatformError(e))
            {
                throw NativeErrors.Translate(e, "get the length of", Path);
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
                throw NativeErrors.TranslateLock(e, Path);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Known on Linux and Apple's systems. Windows does not say it of an open file, so there it is always false.</remarks>
    public bool HasMoved => _identity is { } mine && !(FileStatus.Of(Path) is { } now && now.IsSameFile(mine));

    /// <summary>Tells whether this library has the database open nowhere else, and no other program is in a transaction on it.</summary>
    public bool IsAlone()
    {
        try
        {
            if (!ByteLocks.TryRaise(_handle, ByteRange.Membership))
                return false;
            ByteLocks.Lower(_handle, ByteRange.Membership);
            return _locks.TryLock(LockLevel.Exclusive);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.TranslateLock(e, Path);
        }
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path without symbolic links; in the place of a journal there may be one, which is refused.</param>
    /// <param name="mode">How to open it.</param>
    /// <param name="root">The directory of the backend; missing directories are made below it.</param>
    /// <param name="database">The path of the database the file belongs to, when it is not the database itself.</param>
    /// <param name="sharesMemory">Whether all who use the database look for its log and index in the same place.</param>
    /// <param name="locks">The platform's locks.</param>
    public static NativeFile Open(string path, StorageOpenMode mode, string root, string? database, bool sharesMemory, IByteLocks locks)
    {
        bool isDatabase = database is null;
        SafeFileHandle handle = OpenHandle(path, mode, root, database, out FileStatus? status);
        try
        {
            if (isDatabase)
                BecomeMember(handle, path, locks);
            // An empty file may be new, or its name was never flushed. Of a log that is not empty nobody knows whether it was.
            bool isLog = !isDatabase && path.EndsWith(DatabaseFiles.WriteAheadLogSuffix, StringComparison.Ordinal);
            bool isNameUnflushed = mode == StorageOpenMode.Create && (isLog || LengthOf(handle, status) == 0);
            bool writable = mode != StorageOpenMode.ReadOnly;
            return sharesMemory
                ? new NativeDatabaseFile(handle, path, writable, isNameUnflushed, locks, status)
                : new NativeFile(handle, path, writable, isNameUnflushed, locks, isDatabase, status);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Makes an empty file for one caller. It has no name any more, and on Windows one that goes when it is closed.</summary>
    public static NativeFile CreateTemporary(IByteLocks locks)
    {
        string path = TemporaryDirectory.NewPath();
        SafeFileHandle handle = OperatingSystem.IsWindows()
            ? File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose)
            : Libc.OpenFile(path, StorageOpenMode.Create, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            if (!OperatingSystem.IsWindows())
                File.Delete(path);
            return new NativeFile(handle, path, writable: true, isNameUnflushed: false, locks, isDatabase: false, status: null);
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
            if (Libc.HasLongOffsets)
                return Libc.Read(_handle, destination, offset, Path);
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
            throw NativeErrors.Translate(e, "read", Path);
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        CheckWritable();
        try
        {
            if (Libc.HasLongOffsets)
                Libc.Write(_handle, source, offset, Path);
            else
                RandomAccess.Write(_handle, source, offset);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "write", Path);
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
            throw NativeErrors.Translate(e, $"set the length to {length} bytes of", Path);
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
                NativeDirectory.Flush(System.IO.Path.GetDirectoryName(Path)!);
                _shared.IsNameUnflushed = false;
            }
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "flush", Path);
        }
    }

    /// <inheritdoc/>
    public bool TryLock(LockLevel level)
    {
        // The system gives exclusive locks only on files that are open for writing. With a log, a connection that only reads asks for one at its end.
        if (level == LockLevel.Exclusive && !_writable)
            return false;
        if (level > LockLevel.Shared)
            CheckWritable();
        try
        {
            return _locks.TryLock(level);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.TranslateLock(e, Path);
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
            throw NativeErrors.TranslateLock(e, Path);
        }
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        if (_handle.IsClosed)
            return;
        try
        {
            // Closing alone may not do it: a process that is being started shares the open file until its program is loaded.
            Unlock(LockLevel.None);
            if (_isDatabase)
                ByteLocks.Unlock(_handle, ByteRange.Membership);
        }
        finally
        {
            _handle.Dispose();
            _shared.Return();
        }
    }

    private static void BecomeMember(SafeFileHandle handle, string path, IByteLocks locks)
    {
        try
        {
            if (!locks.TryLock(handle, ByteRange.Membership, exclusive: false))
                throw new StorageException(StorageErrorKind.Busy, $"Another process looks whether \"{path}\" can be deleted or moved.");
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.TranslateLock(e, path);
        }
    }

    /// <summary>Opens a file, and makes missing directories below the root for one that may be created.</summary>
    internal static SafeFileHandle OpenHandle(string path, StorageOpenMode mode, string root, string? database, out FileStatus? status)
    {
        if (OperatingSystem.IsWindows())
        {
            if (mode == StorageOpenMode.Create && !File.Exists(path))
                NativeDirectory.CreateBelow(root, System.IO.Path.GetDirectoryName(path)!);
            status = null;
            return OpenOnWindows(path, mode, database);
        }
        try
        {
            return OpenOnUnix(path, mode, database, out status);
        }
        catch (IOException e) when (mode == StorageOpenMode.Create && NativeErrors.IsMissing(e.HResult))
        {
            NativeDirectory.CreateBelow(root, System.IO.Path.GetDirectoryName(path)!);
            return OpenOnUnix(path, mode, database, out status);
        }
    }

    private static SafeFileHandle OpenOnWindows(string path, StorageOpenMode mode, string? database)
    {
        if (database is not null && new FileInfo(path).LinkTarget is not null)
            throw NativeErrors.NotFollowed(path);
        return File.OpenHandle(
            path,
            mode == StorageOpenMode.Create ? FileMode.OpenOrCreate : FileMode.Open,
            mode == StorageOpenMode.ReadOnly ? FileAccess.Read : FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>
    /// Opens a file. One beside a database gets the database's permissions and, from root, its owner and group, as SQLite's own VFS does: it
    /// holds the same data, and every user that may write the database must be able to roll it back.
    /// </summary>
    [UnsupportedOSPlatform("windows")]
    private static SafeFileHandle OpenOnUnix(string path, StorageOpenMode mode, string? database, out FileStatus? status)
    {
        FileStatus? like = database is null || mode == StorageOpenMode.ReadOnly ? null : FileStatus.Of(database);
        UnixFileMode? permissions = mode != StorageOpenMode.Create ? null
            : like is { IsDirectory: false } known ? known.Permissions
            : File.Exists(database) ? File.GetUnixFileMode(database)
            : null;
        SafeFileHandle handle = Libc.OpenFile(path, mode, permissions ?? Everybody);
        try
        {
            status = FileStatus.Of(handle);
            // A directory can be opened, but for reading only.
            if (mode == StorageOpenMode.ReadOnly && (status?.IsDirectory ?? Directory.Exists(path)))
                throw NativeErrors.NotAFile("open", path);
            if (like is { } owner && status is { } now && !owner.HasSameOwner(now) && Environment.IsPrivilegedProcess)
                FileStatus.SetOwner(handle, owner);
            // The umask may have taken permissions away. Set only where they differ: some file systems have none of single files.
            if (permissions is { } wanted && LengthOf(handle, status) == 0 && (status?.Permissions ?? File.GetUnixFileMode(handle)) != wanted)
                TrySetPermissions(handle, wanted);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>A file of another user keeps its own, as with SQLite's own VFS: it can be used all the same.</summary>
    [UnsupportedOSPlatform("windows")]
    private static void TrySetPermissions(SafeFileHandle handle, UnixFileMode permissions)
    {
        try
        {
            File.SetUnixFileMode(handle, permissions);
        }
        catch (UnauthorizedAccessException)
        {
            // Its owner has decided.
        }
    }

    private static long LengthOf(SafeFileHandle handle, FileStatus? status) =>
        status is { IsRegular: true } known ? known.Length : RandomAccess.GetLength(handle);

    private void CheckWritable()
    {
        if (!_writable)
        {
            throw new StorageException(StorageErrorKind.ReadOnly,
                $"\"{Path}\" was opened for reading only; open it for writing to change it.");
        }
    }
}
