namespace Isar.Storage;

/// <summary>A failure of storage. Backends throw it and say what kind it is; what follows from the kind is decided elsewhere, once.</summary>
public sealed class StorageException : Exception
{
    /// <summary>Makes an exception.</summary>
    /// <param name="kind">What went wrong.</param>
    /// <param name="message">What went wrong, with what, and what to do; for people.</param>
    /// <param name="innerException">The platform's own error.</param>
    public StorageException(StorageErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException)
        => Kind = kind;

    /// <summary>Gets what went wrong.</summary>
    public StorageErrorKind Kind { get; }

    /// <summary>Gets how long was already waited in vain; zero when the operation failed without a wait.</summary>
    public TimeSpan WaitedFor { get; init; }

    /// <summary>
    /// Gets whether trying again soon is worth it: somebody else holds what is needed, and nobody has waited for it yet
    /// (<see cref="WaitedFor"/>), so that waits do not multiply.
    /// </summary>
    public bool IsTransient => Kind is StorageErrorKind.Busy && WaitedFor == TimeSpan.Zero;
}

/// <summary>The kinds of <see cref="StorageException"/>.</summary>
public enum StorageErrorKind
{
    /// <summary>An error of input or output without a better name.</summary>
    Io,

    /// <summary>The file does not exist.</summary>
    NotFound,

    /// <summary>Somebody else holds the file; a retry can help.</summary>
    Busy,

    /// <summary>No space is left, or a limit is reached.</summary>
    Full,

    /// <summary>The file or medium cannot be written.</summary>
    ReadOnly,

    /// <summary>The operating system does not let this user do it.</summary>
    PermissionDenied,

    /// <summary>The path names a directory or something else that is no file.</summary>
    NotAFile,

    /// <summary>What is stored is not what was written, or no database.</summary>
    Corrupt,

    /// <summary>The storage is not offered here, not initialised, or already disposed.</summary>
    Unavailable,

    /// <summary>The path breaks the rules of <see cref="StoragePath"/>.</summary>
    PathInvalid,
}
