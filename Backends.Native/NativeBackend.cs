using System.Runtime.CompilerServices;
using System.Text;

namespace Isar.Storage.Backends.Native;

/// <summary>Files in a directory of the operating system.</summary>
/// <remarks>
/// Symbolic links are followed as the operating system does, except that <see cref="ListAsync"/> does not descend into linked
/// directories, which could be circles. Locks belong to the file a link leads to. They are the operating system's, and each open file has
/// its own, so they separate the connections of this process and of others in the same way.
/// </remarks>
internal sealed class NativeBackend : IStorageBackend, IFullPaths, ITemporaryFiles, IOtherProcesses
{
    private readonly string _directory;
    private volatile string? _realDirectory;

    /// <summary>The real directory in UTF-8, with a separator at its end. Set before it.</summary>
    private byte[] _utf8Directory = [];
    private volatile bool _disposed;

    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/>.</exception>
    public NativeBackend(string directory)
    {
        if (string.IsNullOrWhiteSpace(directory) || directory.Contains('\0'))
        {
            throw new StorageException(StorageErrorKind.PathInvalid,
                $"The directory \"{directory}\" is not valid; name another in the options.");
        }
        _directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
    }

    /// <inheritdoc/>
    public StorageCapabilities Capabilities { get; } = new()
    {
        Persistent = true,
        Durability = StorageDurability.Full,
        Sharing = StorageSharing.ManyProcesses,
        WriteAheadLog = true,
    };

    /// <inheritdoc/>
    public string Location => _directory;

    /// <summary>Gets the directory without symbolic links in its path, so that changing a link later changes nothing.</summary>
    private string RealDirectory
        => _disposed ? throw Unavailable("already disposed") : _realDirectory ?? throw Unavailable("not initialised");

    /// <inheritdoc/>
    /// <remarks>Completes at once. A new directory is durable in its parent.</remarks>
    public ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_disposed)
            throw Unavailable("already disposed");
        if (OperatingSystem.IsBrowser())
            throw Unavailable("not offered in a browser, where such files are gone with the page; use OPFS or IndexedDB");
        if (IByteLocks.OfPlatform is null)
            throw Unavailable("not offered on this operating system, whose file locks it does not know; use memory");
        try
        {
            NativeDirectory.Create(_directory);
            string realDirectory = RealPath.Resolve(_directory) ?? _directory;
            _utf8Directory = Encoding.UTF8.GetBytes(
                Path.EndsInDirectorySeparator(realDirectory) ? realDirectory : realDirectory + Path.DirectorySeparatorChar);
            _realDirectory = realDirectory;
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "create", _directory, isDirectory: true);
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Flushes what a commit may leave unflushed: with <c>synchronous=FULL</c> the deletion of the journal, with less also the files; of a
    /// write-ahead log only with less than <c>FULL</c>
    /// (<see href="https://sqlite.org/pragma.html#pragma_synchronous">PRAGMA synchronous</see>).
    /// </remarks>
    public async ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        Check(cancellationToken);
        await Task.Run(() => Flush(database), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Leaves out what cannot be opened here: files whose names are no valid <see cref="StoragePath"/>, and directories that this user may
    /// not read.
    /// </remarks>
    public async ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken)
    {
        Check(cancellationToken);
        return await Task.Run(() => List(at, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IStorageFile Open(StoragePath path, StorageOpenMode mode) => OpenFile(path, mode);

    /// <inheritdoc/>
    public IStorageFile CreateTemporary()
    {
        try
        {
            return NativeFile.CreateTemporary(IByteLocks.OfPlatform!);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "create", "a temporary file");
        }
    }

    /// <inheritdoc/>
    /// <remarks>SQLite asks for a journal and a write-ahead log at every transaction: one call of the system answers where no link is.</remarks>
    public long? GetLength(StoragePath path)
    {
        if (FileStatus.IsKnown)
        {
            int error = GetStatus(path, out FileStatus status);
            if (NativeErrors.IsMissing(error))
                return null;
            if (error == 0 && status.IsRegular)
                return status.Length;
        }
        if (Resolve(path) is not { } realPath)
            return null;
        try
        {
            FileInfo file = new(realPath);
            if (file.Exists)
                return file.Length;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // It was deleted in between.
            return null;
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "get the length of", realPath);
        }
        return Directory.Exists(realPath) ? throw NativeErrors.NotAFile("get the length of", realPath) : null;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Programs without this library are noticed in a transaction only, unless the database is in WAL mode: between two, SQLite has no lock.
    /// Their next write finds that the database has moved. A database that this user may not write counts as closed.
    /// </remarks>
    public bool IsOpenElsewhere(StoragePath database)
    {
        using NativeFile? file = OpenIfWritable(database);
        return file is not null && !file.IsAlone();
    }

    /// <inheritdoc/>
    /// <remarks>A connection that has the file open keeps it. Of a symbolic link, only the link is deleted.</remarks>
    public void Delete(StoragePath path, bool flush)
    {
        string fullPath = Locate(path);
        try
        {
            // File.Delete accepts a missing file; GetAttributes throws. It follows links, so that one to a directory counts as one.
            if (!IsRegular(path) && (File.GetAttributes(fullPath) & FileAttributes.Directory) != 0)
                throw NativeErrors.NotAFile("delete", fullPath);
            File.Delete(fullPath);
            if (flush)
                NativeDirectory.Flush(Path.GetDirectoryName(fullPath)!);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "delete", fullPath);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The name without symbolic links, as SQLite's own VFS makes it, so that all processes look for the journal in the same place. A name
    /// that would lie outside the directory keeps its links.
    /// </remarks>
    public string ToFullPath(StoragePath path, out bool followsLink)
    {
        string named = Locate(path);
        string? realPath = Resolve(path);
        followsLink = realPath != named;
        return realPath is not null && TryRelative(realPath, RealDirectory, out _) ? realPath : named;
    }

    /// <inheritdoc/>
    public bool TryFromFullPath(string fullPath, out StoragePath path)
    {
        path = default;
        if (!Path.IsPathFullyQualified(fullPath) || fullPath.Contains('\0'))
            return false;
        string normalized = RealPath.WithoutDots(fullPath);
        foreach (string directory in (string[])[RealDirectory, _directory])
        {
            if (NativeDirectory.IsBelow(directory, normalized))
            {
                path = StoragePath.Parse(Relative(normalized, directory));
                return true;
            }
        }
        throw new StorageException(StorageErrorKind.PathInvalid,
            $"\"{fullPath}\" lies outside the directory \"{_directory}\", in which this storage keeps its databases. Open it with another VFS.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return ValueTask.CompletedTask;
    }

    private static bool TryRelative(string fullPath, string directory, out StoragePath path)
    {
        path = default;
        return NativeDirectory.IsBelow(directory, fullPath) && StoragePath.TryParse(Relative(fullPath, directory), out path);
    }

    private static string Relative(string fullPath, string directory)
        => Path.GetRelativePath(directory, fullPath).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>Gets the status of what has a name, which may be a symbolic link; its path is made without an object.</summary>
    /// <returns>0, or the error's number.</returns>
    [SkipLocalsInit]
    private int GetStatus(StoragePath path, out FileStatus status)
    {
        _ = RealDirectory;
        int length = _utf8Directory.Length + StoragePath.MaxBytes + 1;
        Span<byte> fullPath = length <= 1024 ? stackalloc byte[1024] : new byte[length];
        _utf8Directory.CopyTo(fullPath);
        int end = _utf8Directory.Length + Encoding.UTF8.GetBytes(path.Value, fullPath[_utf8Directory.Length..]);
        fullPath[end] = 0;
        return FileStatus.OfName(fullPath, out status);
    }

    /// <summary>Tells whether a name is known to be that of an ordinary file and of nothing else.</summary>
    private bool IsRegular(StoragePath path) => FileStatus.IsKnown && GetStatus(path, out FileStatus status) == 0 && status.IsRegular;

    /// <summary>Tells whether a name is known to be that of an ordinary file, or of nothing.</summary>
    private bool HasNoLink(StoragePath path)
    {
        if (!FileStatus.IsKnown)
            return false;
        int error = GetStatus(path, out FileStatus status);
        return error == 0 ? status.IsRegular : NativeErrors.IsMissing(error);
    }

    private string Locate(StoragePath path)
    {
        string directory = RealDirectory;
        // A path has no dots and no empty segments, so on Unix it is a full one already.
        if (!OperatingSystem.IsWindows())
            return Path.Join(directory, path.Value);
        string fullPath = Path.GetFullPath(Path.Join(directory, path.Value));
        // Windows takes names such as NUL or COM1 for devices, in whatever directory.
        return NativeDirectory.IsBelow(directory, fullPath)
            ? fullPath
            : throw new StorageException(StorageErrorKind.PathInvalid, $"\"{path}\" is the name of a device here; choose another name.");
    }

    private string? Resolve(StoragePath path)
    {
        string fullPath = Locate(path);
        if (!path.Value.Contains('/') && HasNoLink(path))
            return fullPath;
        try
        {
            return RealPath.Resolve(RealDirectory, path.Value);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "follow the links of", fullPath);
        }
    }

    private void Check(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _ = RealDirectory;
    }

    private List<StorageEntry> List(StoragePath? at, CancellationToken cancellationToken)
    {
        string directory = RealDirectory;
        string root = at is { } path ? Locate(path) : directory;
        try
        {
            if (at is { } file && NativeDirectory.LengthOf(root) is { } fileLength)
                return [new StorageEntry(file, fileLength)];
            List<StorageEntry> entries = [];
            if (at is not null && !Directory.Exists(root))
                return entries;
            foreach ((string fullPath, long length) in NativeDirectory.ListFiles(root))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (TryRelative(fullPath, directory, out StoragePath found))
                    entries.Add(new StorageEntry(found, length));
            }
            entries.Sort((a, b) => string.CompareOrdinal(a.Path.Value, b.Path.Value));
            return entries;
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "list", root, isDirectory: true);
        }
    }

    private void Flush(StoragePath database)
    {
        // A checkpoint moves commits from the log into the database: flushed in this order, they are in one of them. A journal must not end before
        // the database is stored.
        foreach (string suffix in (string[])[DatabaseFiles.WriteAheadLogSuffix, "", DatabaseFiles.JournalSuffix])
        {
            if (StoragePath.TryParse(database.Value + suffix, out StoragePath path) && GetLength(path) is not null)
            {
                using NativeFile? file = OpenIfWritable(path);
                file?.Flush();
            }
        }
        string directory = Path.GetDirectoryName(Locate(database))!;
        if (Directory.Exists(directory))
            NativeDirectory.Flush(directory);
    }

    private NativeFile OpenFile(StoragePath path, StorageOpenMode mode)
    {
        string fullPath = Locate(path);
        try
        {
            // Without locks the backend would not have been initialised.
            IByteLocks locks = IByteLocks.OfPlatform!;
            // A link in the place of a journal is not followed, those on the way there are.
            string? directory = RealPath.Resolve(RealDirectory, Path.GetDirectoryName(path.Value)!);
            string named = directory is null ? fullPath : Path.Join(directory, Path.GetFileName(path.Value));
            if (DatabaseFiles.TryGetDatabase(path, out StoragePath owner))
                return NativeFile.Open(named, mode, RealDirectory, Resolve(owner), sharesMemory: false, locks);
            // Through a link others see the file under another name, and would have another log with the same index.
            string real = Resolve(path) ?? fullPath;
            return NativeFile.Open(real, mode, RealDirectory, database: null, sharesMemory: real == named, locks);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "open", fullPath);
        }
    }

    /// <summary>Opens a file; <see langword="null"/> when it was deleted or cannot be written: then there is nothing to flush in it.</summary>
    private NativeFile? OpenIfWritable(StoragePath path)
    {
        try
        {
            return OpenFile(path, StorageOpenMode.ReadWrite);
        }
        catch (StorageException e)
            when (e.Kind is StorageErrorKind.NotFound or StorageErrorKind.ReadOnly or StorageErrorKind.PermissionDenied)
        {
            return null;
        }
    }

    private static StorageException Unavailable(string reason)
        => new(StorageErrorKind.Unavailable, $"The native backend is {reason}.");
}
