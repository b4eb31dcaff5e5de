namespace Isar.Storage;

/// <summary>A failure of storage. A backend sets its kind; the adapter and the retry pipelines decide by it what happens next.</summary>
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

    /// <summary>Gets how long the operation waited before it failed; zero when it failed without a wait.</summary>
    public TimeSpan WaitedFor { get; init; }

    /// <summary>
    /// Gets whether a retry can help: something is busy, and no wait for it has timed out yet (<see cref="WaitedFor"/>). Otherwise every
    /// layer of retries would wait again.
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

    /// <summary>Another tab, process or connection holds the file; a retry can help.</summary>
    Busy,

    /// <summary>No space is left, or a limit is reached.</summary>
    Full,

    /// <summary>The file or medium cannot be written.</summary>
    ReadOnly,

    /// <summary>The operating system does not let this user do it.</summary>
    PermissionDenied,

    /// <summary>The path names a directory or something else that is not a file.</summary>
    NotAFile,

    /// <summary>The stored data is damaged, or is not a database.</summary>
    Corrupt,

    /// <summary>The storage is not offered here, not initialised, or already disposed.</summary>
    Unavailable,

    /// <summary>The path breaks the rules of <see cref="StoragePath"/>.</summary>
    PathInvalid,
}
