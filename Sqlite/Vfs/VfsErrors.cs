namespace Isar.Storage.Sqlite;

/// <summary>The one place that turns exceptions of backends into SQLite's codes.</summary>
internal static class VfsErrors
{
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
        StorageErrorKind.Full => SqliteCode.Full,
        StorageErrorKind.Corrupt => SqliteCode.IoErrorCorruptFileSystem,
        StorageErrorKind.PathInvalid => SqliteCode.CantOpenFullPath,
        StorageErrorKind.NotAFile => SqliteCode.CantOpenIsDirectory,
        StorageErrorKind.NotFound when operation == SqliteCode.IoErrorDelete => SqliteCode.IoErrorDeleteNoEntry,
        StorageErrorKind.ReadOnly when operation != SqliteCode.CantOpen => SqliteCode.ReadOnly,
        StorageErrorKind.PermissionDenied when operation != SqliteCode.CantOpen => SqliteCode.Permission,
        _ => operation,
    };
}
