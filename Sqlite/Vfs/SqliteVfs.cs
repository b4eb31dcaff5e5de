using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Unicode;
using Isar.Storage.Backends.Memory;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>
/// SQLite's view of a backend: one method per member of <see href="https://sqlite.org/c3ref/vfs.html">sqlite3_vfs</see>, which returns a
/// result code and never throws, and what they need. Bindings move the arguments. Safe for any threads.
/// </summary>
/// <param name="name">The name that SQLite knows it by.</param>
/// <param name="backend">The backend.</param>
/// <param name="maxTemporaryBytes">How many bytes temporary files may take in memory.</param>
/// <param name="timeProvider">The time.</param>
/// <param name="logger">Logs what fails.</param>
internal sealed class SqliteVfs(string name, IStorageBackend backend, long maxTemporaryBytes, TimeProvider timeProvider, ILogger logger)
{
    /// <summary>Super-journals have random names, so what is remembered needs a limit.</summary>
    private const int MaxKnownPaths = 1000;

    /// <summary>3.51.3, without <see href="https://sqlite.org/wal.html#walresetbug">the WAL-reset bug</see>.</summary>
    private const int FirstVersionWithSafeLog = 3_051_003;

    private readonly ConcurrentDictionary<string, StoragePath> _paths = new(StringComparer.Ordinal);
    private readonly MemorySpace _temporary = new(
        maxTemporaryBytes,
        "SQLite's temporary files",
        "Raise the option MaxTemporaryBytes (on a page maxTemporaryBytes), or let the statement do less at once");

    private volatile IStorageBackend? _backend = backend;
    private bool _isLogWarned;

    /// <summary>The numbers that bindings know adapters by.</summary>
    public static HandleTable<SqliteVfs> Handles { get; } = new();

    public string Name => name;

    /// <summary>Gets whether other programs open the files too, by their full names.</summary>
    public bool HasFullPaths { get; } = backend is IFullPaths;

    /// <summary>Gets the longest full path name in bytes, with its NUL.</summary>
    public int MaxPathname { get; } = backend is IFullPaths ? 4096 : DatabaseFiles.FullNamePrefix.Length + 512;

    /// <summary>
    /// Gets whether what was read stays valid as long as nothing here writes: not where a commit can be undone later, nor where other processes
    /// write at the same time.
    /// </summary>
    public bool MayLend { get; } = backend is not IDeferredCommits && backend.Capabilities.Sharing != StorageSharing.ManyProcesses;

    /// <summary>Gets whether connections can share write-ahead logs.</summary>
    public bool HasWriteAheadLogs { get; } = backend.Capabilities.WriteAheadLog;

    public int DeviceCharacteristics { get; } = Sqlite.DeviceCharacteristics.Of(backend);

    /// <summary>Gets the files that are open through this, and the databases that must not be opened.</summary>
    public OpenFiles Files { get; } = new();

    /// <summary>Gets whether SQLite has ever found a write-ahead log here. Before that, <see cref="VfsCall.FoundLog"/> is of no use.</summary>
    public bool HasFoundLog { get; private set; }

    /// <summary>Gets how many bytes temporary files take in memory.</summary>
    public long TemporaryBytes => _temporary.Used;

    /// <summary>Gets or sets the leases without which nothing is opened or locked; <see langword="null"/> where files need not be acquired.</summary>
    public LeaseTable? Leases { get; set; }

    public int Open(string? name, int flags, out int handle, out int outFlags)
    {
        handle = 0;
        outFlags = flags;
        try
        {
            SqliteFile file = name is null ? OpenTemporary() : OpenNamed(name, (OpenFlags)flags, ref outFlags);
            handle = SqliteFile.Handles.Add(file);
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            int code = Fail(e, SqliteCode.CantOpen, name);
            return IsNewJournal((OpenFlags)flags) && IsRefused(e) && IsMissing(name!) ? SqliteCode.ReadOnlyDirectory : code;
        }
    }

    public int Delete(string name, bool syncDirectory)
    {
        try
        {
            Backend.Delete(PathOf(name), syncDirectory);
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            return Fail(e, SqliteCode.IoErrorDelete, name);
        }
    }

    /// <summary>Tells whether a file exists as SQLite's own VFS for Unix sees it: a directory does, an empty file does not.</summary>
    public int Access(ReadOnlySpan<char> name, out bool exists)
    {
        try
        {
            StoragePath path = PathOf(name);
            exists = Backend.GetLength(path) > 0;
            if (exists && path.Value.EndsWith(DatabaseFiles.WriteAheadLogSuffix, StringComparison.Ordinal))
            {
                VfsCall.Current.FoundLog = DatabaseFiles.TryGetDatabase(path, out StoragePath owner) ? owner : null;
                HasFoundLog = true;
            }
            return SqliteCode.Ok;
        }
        catch (StorageException e) when (e.Kind == StorageErrorKind.NotAFile)
        {
            exists = true;
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            exists = false;
            return Fail(e, SqliteCode.IoErrorAccess, name.ToString());
        }
    }

    public int FullPathname(string name, out string fullPath)
    {
        try
        {
            // Asked once for each connection, and links can change: not remembered.
            StoragePath path = Parse(name);
            bool followsLink = false;
            fullPath = Backend is IFullPaths full ? full.ToFullPath(path, out followsLink) : DatabaseFiles.FullNamePrefix + path.Value;
            return followsLink ? SqliteCode.OkSymlink : SqliteCode.Ok;
        }
        catch (Exception e)
        {
            fullPath = "";
            return Fail(e, SqliteCode.CantOpenFullPath, name);
        }
    }

    public static int Randomness(Span<byte> destination)
    {
        RandomNumberGenerator.Fill(destination);
        return destination.Length;
    }

    /// <summary>Writes why the last operation on this thread failed as a C string, cut where it does not fit.</summary>
    /// <returns>The operating system's number of the error, 0 when it has none.</returns>
    public static int GetLastError(Span<byte> destination)
    {
        if (!destination.IsEmpty)
        {
            Utf8.FromUtf16(VfsCall.Current.Failure?.Message, destination[..^1], out _, out int length);
            destination[length] = 0;
        }
        return VfsErrors.SystemErrorOf(VfsCall.Current.Failure);
    }

    /// <summary>Gets the time as SQLite counts it: milliseconds of the Julian day.</summary>
    public int CurrentTime(out long milliseconds)
    {
        try
        {
            milliseconds = timeProvider.GetUtcNow().ToUnixTimeMilliseconds() + 210_866_760_000_000;
            return SqliteCode.Ok;
        }
        catch (Exception e)
        {
            milliseconds = 0;
            return Fail(e, SqliteCode.IoError, null);
        }
    }

    /// <summary>Blocks the thread, as the busy handler asks for.</summary>
    /// <returns>The microseconds that it was asked to, rounded up to milliseconds.</returns>
    public static int Sleep(int microseconds)
    {
        int milliseconds = (microseconds + 999) / 1000;
        try
        {
#pragma warning disable RS0030 // SQLite's xSleep has to block. It is not called in a browser.
            Thread.Sleep(milliseconds);
#pragma warning restore RS0030
        }
        catch (ThreadInterruptedException)
        {
            // The interrupt was not meant for SQLite: the next code that blocks this thread must see it.
            Thread.CurrentThread.Interrupt();
        }
        return milliseconds * 1000;
    }

    /// <summary>
    /// Gets the data source for a connection string. It is never a bare relative path: Microsoft.Data.Sqlite would put
    /// the AppDomain's DataDirectory before it. See <see href="https://sqlite.org/uri.html">Uniform Resource Identifiers</see>.
    /// </summary>
    public string DataSourceOf(StoragePath path) => Backend is IFullPaths full
        ? full.ToFullPath(path, out _)
        : "file:" + path.Value.Replace("%", "%25", StringComparison.Ordinal).Replace("#", "%23", StringComparison.Ordinal);

    /// <summary>Refuses everything from now on: connections that are still open get errors, not another storage.</summary>
    public void Close() => _backend = null;

    /// <summary>Keeps a failure for <see cref="GetLastError"/>, logs it, and returns its code. Expected failures are not logged.</summary>
    public int Fail(Exception failure, int operation, string? file)
    {
        VfsCall.Current.Failure = failure;
        int code = VfsErrors.CodeOf(failure, operation);
        if (failure is not StorageException { Kind: StorageErrorKind.NotFound or StorageErrorKind.Busy })
            TryLog(failure, code, file ?? "(temporary)");
        return code;
    }

    /// <summary>A logger of the app that throws must not take the process down: no exception may cross into SQLite.</summary>
    private void TryLog(Exception failure, int code, string file)
    {
        try
        {
            logger.OperationFailed(file, code, failure);
        }
        catch (Exception e)
        {
            VfsCall.Current.Failure = new AggregateException(failure, e);
        }
    }

    /// <summary>Warns, once, when a write-ahead log is used with an SQLite that can damage a database when it begins its log anew.</summary>
    /// <param name="engineVersion">The <see href="https://sqlite.org/c3ref/libversion.html">number of its version</see>.</param>
    public void NoteWriteAheadLog(int engineVersion)
    {
        if (engineVersion < FirstVersionWithSafeLog && !Interlocked.Exchange(ref _isLogWarned, true))
            logger.LogUnsafe(Name, engineVersion);
    }

    public void DeleteClosed(StoragePath path) => Backend.Delete(path, flush: false);

    private IStorageBackend Backend => _backend
        ?? throw new StorageException(StorageErrorKind.Unavailable, $"The storage behind the VFS \"{Name}\" was disposed.");

    private SqliteFile OpenTemporary()
    {
        IStorageFile file = Backend is ITemporaryFiles place ? place.CreateTemporary() : MemoryFile.CreateTemporary(_temporary);
        return new SqliteFile(this, file, path: null, default);
    }

    private SqliteFile OpenNamed(string name, OpenFlags flags, ref int outFlags)
    {
        StoragePath path = PathOf(name);
        if ((flags & OpenFlags.Exclusive) != 0 && Backend.Exists(path))
            throw new StorageException(StorageErrorKind.Io, $"\"{path}\" was to be created, but exists.");
        Files.Hold(path);
        DatabaseLease? lease = Leases?.Find(path);
        try
        {
            if (lease is not { IsMember: true })
                return OpenFile(path, flags, lease, ref outFlags);
            if (!lease.TryLock())
                throw new StorageException(StorageErrorKind.Busy, $"\"{path}\" is in use in another tab or worker just now.");
            try
            {
                SqliteFile file = OpenFile(path, flags, lease, ref outFlags);
                VfsCall.Current.NoteOpened(lease);
                return file;
            }
            finally
            {
                lease.EndLock();
            }
        }
        catch
        {
            Files.Forget(path);
            throw;
        }
    }

    private SqliteFile OpenFile(StoragePath path, OpenFlags flags, DatabaseLease? lease, ref int outFlags)
    {
        IStorageFile file = OpenOrFallBack(path, flags, ref outFlags);
        return new SqliteFile(this, file, path, flags, lease);
    }

    /// <summary>Opens a file for reading if it may not be written, as SQLite's own VFS for Unix does.</summary>
    private IStorageFile OpenOrFallBack(StoragePath path, OpenFlags flags, ref int outFlags)
    {
        StorageOpenMode mode = (flags & OpenFlags.Create) != 0 ? StorageOpenMode.Create
            : (flags & OpenFlags.ReadWrite) != 0 ? StorageOpenMode.ReadWrite
            : StorageOpenMode.ReadOnly;
        try
        {
            return Backend.Open(path, mode);
        }
        catch (StorageException e) when (IsRefused(e)
            && mode != StorageOpenMode.ReadOnly && Backend.Exists(path))
        {
            IStorageFile file = Backend.Open(path, StorageOpenMode.ReadOnly);
            outFlags = (int)((flags & ~(OpenFlags.ReadWrite | OpenFlags.Create)) | OpenFlags.ReadOnly);
            return file;
        }
    }

    private static bool IsNewJournal(OpenFlags flags) =>
        flags.HasFlag(OpenFlags.Create) && (flags & (OpenFlags.MainJournal | OpenFlags.SuperJournal | OpenFlags.WriteAheadLog)) != 0;

    private static bool IsRefused(Exception failure) =>
        failure is StorageException { Kind: StorageErrorKind.ReadOnly or StorageErrorKind.PermissionDenied };

    /// <summary>Tells whether there is no such file, as far as can be told.</summary>
    private bool IsMissing(string name)
    {
        try
        {
            return !Backend.Exists(PathOf(name));
        }
        catch (StorageException)
        {
            // The failure that led here is the one to report.
            return false;
        }
    }

    /// <summary>Turns a name into a path. SQLite asks for the same few names at every transaction, so those are remembered.</summary>
    private StoragePath PathOf(ReadOnlySpan<char> name)
    {
        if (_paths.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out StoragePath known))
            return known;
        string text = name.ToString();
        StoragePath path = Parse(text);
        if (_paths.Count >= MaxKnownPaths)
            _paths.Clear();
        _paths[text] = path;
        return path;
    }

    private StoragePath Parse(string name)
    {
        bool isFull = Backend is IFullPaths full ? full.TryFromFullPath(name, out StoragePath path) : DatabaseFiles.TryParseFullName(name, out path);
        return isFull ? path : StoragePath.Parse(name);
    }
}
