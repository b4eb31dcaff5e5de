namespace Isar.Storage.Sqlite;

/// <summary>The result codes the adapter uses; see <see href="https://sqlite.org/rescode.html">Result and Error Codes</see>.</summary>
internal static class SqliteCode
{
    public const int Ok = 0;
    public const int Permission = 3;
    public const int Busy = 5;
    public const int Locked = 6;
    public const int ReadOnly = 8;
    public const int IoError = 10;
    public const int Corrupt = 11;
    public const int NotFound = 12;
    public const int Full = 13;
    public const int CantOpen = 14;
    public const int Misuse = 21;
    public const int NotADatabase = 26;

    public const int BusyRecovery = Busy | (1 << 8);
    public const int IoErrorRead = IoError | (1 << 8);
    public const int IoErrorShortRead = IoError | (2 << 8);
    public const int IoErrorWrite = IoError | (3 << 8);
    public const int IoErrorFsync = IoError | (4 << 8);
    public const int IoErrorTruncate = IoError | (6 << 8);
    public const int IoErrorFstat = IoError | (7 << 8);
    public const int IoErrorUnlock = IoError | (8 << 8);
    public const int IoErrorDelete = IoError | (10 << 8);
    public const int IoErrorNoMemory = IoError | (12 << 8);
    public const int IoErrorAccess = IoError | (13 << 8);
    public const int IoErrorCheckReservedLock = IoError | (14 << 8);
    public const int IoErrorLock = IoError | (15 << 8);
    public const int IoErrorClose = IoError | (16 << 8);
    public const int IoErrorShmSize = IoError | (19 << 8);
    public const int IoErrorShmLock = IoError | (20 << 8);
    public const int IoErrorShmMap = IoError | (21 << 8);
    public const int IoErrorDeleteNoEntry = IoError | (23 << 8);
    public const int IoErrorCorruptFileSystem = IoError | (33 << 8);
    public const int CantOpenIsDirectory = CantOpen | (2 << 8);
    public const int CantOpenFullPath = CantOpen | (3 << 8);
    public const int ReadOnlyDatabaseMoved = ReadOnly | (4 << 8);
    public const int ReadOnlyCantInit = ReadOnly | (5 << 8);
    public const int ReadOnlyDirectory = ReadOnly | (6 << 8);

    /// <summary>Success of xFullPathname that followed a symbolic link.</summary>
    public const int OkSymlink = Ok | (2 << 8);

    /// <summary>Gets the primary code of an extended one.</summary>
    public static int Primary(int code) => code & 0xff;
}
