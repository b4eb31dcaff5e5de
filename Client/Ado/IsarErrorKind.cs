namespace Isar.Storage;

/// <summary>What sort of error an <see cref="IsarException"/> is.</summary>
public enum IsarErrorKind
{
    /// <summary>An unexpected error; please report it.</summary>
    Internal,

    /// <summary>SQLite reports the error; its codes say what it is.</summary>
    Sqlite,

    /// <summary>The storage reports an I/O error that fits no other kind.</summary>
    Io,

    /// <summary>The database does not exist.</summary>
    NotFound,

    /// <summary>Another connection or tab holds the database; a retry can help.</summary>
    Busy,

    /// <summary>No space is left, or a limit is reached.</summary>
    Full,

    /// <summary>The storage cannot be written.</summary>
    ReadOnly,

    /// <summary>The browser does not let this page do it.</summary>
    PermissionDenied,

    /// <summary>The name is that of a directory.</summary>
    NotAFile,

    /// <summary>The stored data is damaged, or is not a database.</summary>
    Corrupt,

    /// <summary>The storage that the database lives in is not available now.</summary>
    Unavailable,

    /// <summary>The name breaks the rules of <see cref="StoragePath"/>.</summary>
    PathInvalid,

    /// <summary>The call was wrong; nothing was done.</summary>
    Usage,

    /// <summary>The database or the storage was closed before.</summary>
    Closed,

    /// <summary>The request was cancelled.</summary>
    Cancelled,

    /// <summary>The worker did not start, or died during the call. What was acknowledged is stored; the next call starts another worker.</summary>
    Worker,

    /// <summary>The assembly, its script and the worker come from different versions.</summary>
    Version,

    /// <summary>Page or worker did not understand a message; please report it.</summary>
    Protocol,

    /// <summary>A handler of the worker's own failed; the message has the exception's type and message.</summary>
    Handler,
}
