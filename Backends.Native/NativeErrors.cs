namespace Isar.Storage.Backends.Native;

/// <summary>The one place that tells what an error of the operating system means for storage.</summary>
internal static class NativeErrors
{
    private const string SymbolicLinkText = "it is a symbolic link that leads in a circle, or one in the place of a journal. SQLite follows none "
        + "there, because it would let others choose what is written and read. Remove it.";

    private const string NotAFileText = "it is a directory or a device, not a file. Choose another name.";

    // Windows: the HRESULT of a Win32 error.
    private const int WindowsWriteProtect = unchecked((int)0x80070013);
    private const int WindowsSharingViolation = unchecked((int)0x80070020);
    private const int WindowsLockViolation = unchecked((int)0x80070021);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsFileTooLarge = unchecked((int)0x800700DF);
    private const int WindowsDiskQuotaExceeded = unchecked((int)0x8007050F);

    // Unix: .NET puts the error's number into the HResult as it is. These are the same everywhere ...
    private const int PermissionNeeded = 1;
    private const int NoEntry = 2;
    private const int AccessDenied = 13;
    private const int DeviceBusy = 16;
    private const int NotADirectory = 20;
    private const int IsADirectory = 21;
    private const int TextFileBusy = 26;
    private const int FileTooBig = 27;
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;

    /// <summary>For locks: an old or emulated kernel does not know the command.</summary>
    private const int InvalidArgument = 22;

    // ... and these are not.
    private static readonly int _quotaExceeded = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 122 : 69;

    private static readonly int _nameTooLong = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 36 : 63;
    private static readonly int _tooManyLinks = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 40 : 62;

    private static readonly int _noLocks = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 37 : 77;
    private static readonly int _noSystemCall = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 38 : 78;
    private static readonly int _notSupported = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 95 : 102;
    private static readonly int _notSupportedByFile = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 95 : 45;

    /// <summary>Gets EWOULDBLOCK: another program has a lock.</summary>
    public static int WouldBlock { get; } = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 11 : 35;

    /// <summary>Tells whether an exception is what .NET makes of an error of the file system.</summary>
    public static bool IsPlatformError(Exception error)
        => error is IOException or UnauthorizedAccessException or NotSupportedException || IsFileTooBig(error);

    /// <summary>Tells whether the number of an error of Unix says that there is nothing under a name.</summary>
    public static bool IsMissing(int code) => code is NoEntry or NotADirectory;

    /// <summary>Makes the exception for a platform error, which says what failed, on which path, and what to do.</summary>
    /// <param name="error">The platform error.</param>
    /// <param name="action">What was tried, as it stands before the path: "open".</param>
    /// <param name="fullPath">The path.</param>
    /// <param name="isDirectory">Whether the path names a directory.</param>
    public static StorageException Translate(Exception error, string action, string fullPath, bool isDirectory = false)
    {
        StorageErrorKind kind = KindOf(error, fullPath, isDirectory);
        return new StorageException(kind, $"Cannot {action} \"{fullPath}\": {Explain(kind, error)}", error);
    }

    /// <summary>Makes the exception for an error of locking or unlocking a file.</summary>
    public static StorageException TranslateLock(Exception error, string fullPath)
        => IsWithoutLocks(error.HResult)
            ? new StorageException(StorageErrorKind.Unavailable,
                $"Cannot lock \"{fullPath}\": {error.Message}. Its file system or this kernel has no locks that belong to an open file, without "
                + "which programs would destroy each other's work. Keep the database on a local disk.", error)
            : Translate(error, "lock", fullPath);

    /// <summary>Makes the exception for a path that names a directory.</summary>
    public static StorageException NotAFile(string action, string fullPath)
        => new(StorageErrorKind.NotAFile, $"Cannot {action} \"{fullPath}\": {NotAFileText}");

    /// <summary>Makes the exception for a symbolic link where none is followed.</summary>
    public static StorageException NotFollowed(string fullPath)
        => new(StorageErrorKind.Io, $"Cannot open \"{fullPath}\": {SymbolicLinkText}");

    private static StorageErrorKind KindOf(Exception error, string fullPath, bool isDirectory) => error switch
    {
        // .NET refuses directories in the same words as files without permission.
        UnauthorizedAccessException when !isDirectory && Directory.Exists(fullPath) => StorageErrorKind.NotAFile,
        UnauthorizedAccessException when IsMarkedReadOnly(fullPath) => StorageErrorKind.ReadOnly,
        UnauthorizedAccessException => StorageErrorKind.PermissionDenied,
        FileNotFoundException or DirectoryNotFoundException or DriveNotFoundException => StorageErrorKind.NotFound,
        PathTooLongException => StorageErrorKind.PathInvalid,
        // A pipe or a terminal, which has no length.
        NotSupportedException => StorageErrorKind.NotAFile,
        ArgumentOutOfRangeException => StorageErrorKind.Full,
        _ => KindOf(error.HResult),
    };

    private static StorageErrorKind KindOf(int code)
    {
        if (code == WouldBlock)
            return StorageErrorKind.Busy;
        if (code == _quotaExceeded)
            return StorageErrorKind.Full;
        if (code == _nameTooLong)
            return StorageErrorKind.PathInvalid;
        return code switch
        {
            NoEntry or NotADirectory => StorageErrorKind.NotFound,
            IsADirectory => StorageErrorKind.NotAFile,
            PermissionNeeded or AccessDenied => StorageErrorKind.PermissionDenied,
            DeviceBusy or TextFileBusy or WindowsSharingViolation or WindowsLockViolation => StorageErrorKind.Busy,
            FileTooBig or NoSpace => StorageErrorKind.Full,
            WindowsHandleDiskFull or WindowsDiskFull or WindowsFileTooLarge or WindowsDiskQuotaExceeded => StorageErrorKind.Full,
            ReadOnlyFileSystem or WindowsWriteProtect => StorageErrorKind.ReadOnly,
            _ => StorageErrorKind.Io,
        };
    }

    private static bool IsWithoutLocks(int code)
        => code == InvalidArgument || code == _noLocks || code == _noSystemCall || code == _notSupported || code == _notSupportedByFile;

    private static string Explain(StorageErrorKind kind, Exception error) => kind switch
    {
        StorageErrorKind.NotFound => "it does not exist. Check the name, and that its directory is still there.",
        StorageErrorKind.Busy => "another program holds it. Try again, or close that program.",
        StorageErrorKind.Full =>
            "the disk is full, a quota is used up, or the file would exceed what the file system can hold. Make space.",
        StorageErrorKind.ReadOnly => "it or its file system is read-only. Make it writable, or only read it.",
        StorageErrorKind.PermissionDenied =>
            "the operating system denies it. Give the user of this process permission to read and write the file and its directory.",
        StorageErrorKind.NotAFile => NotAFileText,
        StorageErrorKind.PathInvalid => "the path is too long for the file system. Choose a shorter name or directory.",
        _ when error.HResult == _tooManyLinks => SymbolicLinkText,
        _ => $"{error.Message} Check the disk and the log of the operating system.",
    };

    /// <summary>Tells whether an exception is EFBIG, which .NET reports as a wrong argument of its own.</summary>
    private static bool IsFileTooBig(Exception error) => error is ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Tells whether a file is marked read-only, on Windows; elsewhere permissions decide that.</summary>
    private static bool IsMarkedReadOnly(string fullPath)
        => OperatingSystem.IsWindows() && File.Exists(fullPath) && (File.GetAttributes(fullPath) & FileAttributes.ReadOnly) != 0;
}
