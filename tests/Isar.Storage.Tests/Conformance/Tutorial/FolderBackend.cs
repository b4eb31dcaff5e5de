using System.Collections.Concurrent;
using Isar.Storage;
using Microsoft.Win32.SafeHandles;

namespace FolderStorage;

public static class FolderBuilderExtensions
{
    public static IIsarStorageBuilder UseFolder(this IIsarStorageBuilder builder, string name = "folder") =>
        builder.AddBackend(name, static context => new FolderBackend(context.Directory));
}

/// <summary>Files in a folder, for one process.</summary>
internal sealed class FolderBackend(string directory) : IStorageBackend
{
    /// <summary>
    /// One for each path, also when several backends use the folder. Where the file system ignores case two names can be one file, so this
    /// ignores case everywhere: at worst two files share their locks.
    /// </summary>
    private static readonly ConcurrentDictionary<string, FileLocks> _locks = new(StringComparer.OrdinalIgnoreCase);

    private readonly string _root = Path.GetFullPath(directory);
    private volatile bool _isReady;

    public StorageCapabilities Capabilities { get; } = new()
    {
        Persistent = true,
        // A file can be flushed to the disk, but .NET cannot flush a folder: a power loss may take a new file's name away.
        Durability = StorageDurability.Relaxed,
        Sharing = StorageSharing.OneProcess,
    };

    public string Location => _root;

    private string Root => _isReady
        ? _root
        : throw new StorageException(StorageErrorKind.Unavailable, $"The folder \"{_root}\" is not initialised, or already disposed.");

    public static FileLocks LocksOf(string fullPath) => _locks.GetOrAdd(fullPath, static _ => new FileLocks());

    public ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            Directory.CreateDirectory(_root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(StorageErrorKind.Unavailable, $"The folder \"{_root}\" cannot be made: {e.Message}", e);
        }
        _isReady = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>Does nothing: when SQLite has made a commit, the operating system has it, and that is all this backend promises.</summary>
    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string place = at is { } wanted ? FullPathOf(wanted) : Root;
        IEnumerable<FileInfo> files = File.Exists(place) ? [new FileInfo(place)]
            : Directory.Exists(place) ? new DirectoryInfo(place).EnumerateFiles("*", SearchOption.AllDirectories)
            : [];
        List<StorageEntry> entries = [];
        foreach (FileInfo file in files)
        {
            string relative = Path.GetRelativePath(_root, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (StoragePath.TryParse(relative, out StoragePath path))
                entries.Add(new StorageEntry(path, file.Length));
        }
        entries.Sort(static (a, b) => string.CompareOrdinal(a.Path.Value, b.Path.Value));
        return new(entries);
    }

    public IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        string fullPath = FullPathOf(path);
        bool mayCreate = mode == StorageOpenMode.Create;
        bool writable = mode != StorageOpenMode.ReadOnly;
        if (Directory.Exists(fullPath))
            throw new StorageException(StorageErrorKind.NotAFile, $"\"{fullPath}\" is a folder; choose another name.");
        try
        {
            if (mayCreate)
                Directory.CreateDirectory(Path.GetDirectoryName(fullPath)!);
            SafeFileHandle handle = File.OpenHandle(
                fullPath,
                mayCreate ? FileMode.OpenOrCreate : FileMode.Open,
                writable ? FileAccess.ReadWrite : FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
            return new FolderFile(handle, fullPath, writable);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StorageException(StorageErrorKind.NotFound, $"\"{fullPath}\" does not exist.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StorageException(StorageErrorKind.PermissionDenied, $"This user may not open \"{fullPath}\".", e);
        }
    }

    public long? GetLength(StoragePath path) => new FileInfo(FullPathOf(path)) is { Exists: true } file ? file.Length : null;

    public void Delete(StoragePath path, bool flush)
    {
        string fullPath = FullPathOf(path);
        if (!File.Exists(fullPath))
            throw new StorageException(StorageErrorKind.NotFound, $"\"{fullPath}\" does not exist.");
        File.Delete(fullPath);
    }

    public ValueTask DisposeAsync()
    {
        _isReady = false;
        return ValueTask.CompletedTask;
    }

    private string FullPathOf(StoragePath path) => Path.Combine(Root, path.Value.Replace('/', Path.DirectorySeparatorChar));
}

/// <summary>One open file.</summary>
internal sealed class FolderFile(SafeFileHandle handle, string fullPath, bool writable) : IStorageFile
{
    private const int NoSpaceOnUnix = 28;
    private const int NoSpaceOnWindows = unchecked((int)0x80070070);

    private FileLocks.Holder? _lock;

    public long Length => RandomAccess.GetLength(handle);

    public bool IsReserved => Lock.IsReserved;

    /// <summary>Made when it is first asked for: SQLite locks databases, never the journals, of which there are ever new ones.</summary>
    private FileLocks.Holder Lock => _lock ??= new(FolderBackend.LocksOf(fullPath));

    public int Read(Span<byte> destination, long offset)
    {
        int total = 0;
        int count;
        do
        {
            count = RandomAccess.Read(handle, destination[total..], offset + total);
            total += count;
        }
        while (count > 0 && total < destination.Length);
        return total;
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        CheckWritable();
        try
        {
            RandomAccess.Write(handle, source, offset);
        }
        catch (IOException e) when (e.HResult is NoSpaceOnUnix or NoSpaceOnWindows)
        {
            throw new StorageException(StorageErrorKind.Full, $"There is no space left for \"{fullPath}\".", e);
        }
    }

    public void SetLength(long length)
    {
        CheckWritable();
        RandomAccess.SetLength(handle, length);
    }

    public void Flush()
    {
        if (writable)
            RandomAccess.FlushToDisk(handle);
    }

    public bool TryLock(LockLevel level) => Lock.TryLock(level);

    public void Unlock(LockLevel level) => Lock.Unlock(level);

    public void Dispose()
    {
        _lock?.Dispose();
        handle.Dispose();
    }

    private void CheckWritable()
    {
        if (!writable)
            throw new StorageException(StorageErrorKind.ReadOnly, $"\"{fullPath}\" was opened for reading only.");
    }
}
