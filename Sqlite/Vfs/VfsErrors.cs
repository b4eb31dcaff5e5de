namespace Isar.Storage.Sqlite;

/// <summary>The one place that turns exceptions of backends into SQLite's codes.</summary>
internal static class VfsErrors
{
    /// <summary>ENOENT, which is also Windows' ERROR_FILE_NOT_FOUND.</summary>
    private const int NoEntry = 2;

    /// <summary>The upper half of the HRESULTs that .NET makes of Windows' numbers.</summary>
    private const uint Win32Facility = 0x80070000;

    /// <summary>Gets SQLite's extended code for a failure.</summary>
    /// <param name="failure">What the backend threw.</param>
    /// <param name="operation">The code of the operation that failed, for failures without a code of their own.</param>
    public static int CodeOf(Exception failure, int operation) => failure switch
    {
        StorageException storage => CodeOf(storage.Kind, operation),
        OutOfMemoryException => SqliteCode.IoErrorNoMemory,
        _ => operation,
    };

    private static int CodeOf(StorageErrorKind kind, int operation) => kind switch
    {
        StorageErrorKind.Busy => SqliteCode.Busy,
        StorageErrorKind.Full when operation == SqliteCode.IoErrorShmMap => SqliteCode.IoErrorShmSize,
        StorageErrorKind.ReadOnly or StorageErrorKind.PermissionDenied or StorageErrorKind.NotFound or StorageErrorKind.NotAFile
            when operation == SqliteCode.IoErrorShmMap => SqliteCode.CantOpen,
        StorageErrorKind.Full => SqliteCode.Full,
        StorageErrorKind.Corrupt => SqliteCode.IoErrorCorruptFileSystem,
        StorageErrorKind.PathInvalid => SqliteCode.CantOpenFullPath,
        StorageErrorKind.NotAFile => SqliteCode.CantOpenIsDirectory,
        StorageErrorKind.NotFound when operation == SqliteCode.IoErrorDelete => SqliteCode.IoErrorDeleteNoEntry,
        StorageErrorKind.ReadOnly when operation != SqliteCode.CantOpen => SqliteCode.ReadOnly,
        StorageErrorKind.PermissionDenied when operation != SqliteCode.CantOpen => SqliteCode.Permission,
        _ => operation,
    };

    /// <summary>Gets the operating system's number of the error inside a failure: errno or, on Windows, that of GetLastError; 0 for none.</summary>
    public static int SystemErrorOf(Exception? failure) => failure?.InnerException switch
    {
        // .NET keeps errno where it has no exception of its own for it, and inside where it has one.
        UnauthorizedAccessException { InnerException: IOException inner } => inner.HResult,
        FileNotFoundException or DirectoryNotFoundException => NoEntry,
        { HResult: var code } => (code & 0xFFFF0000) == Win32Facility ? code & 0xFFFF : code,
        null => 0,
    };
}
