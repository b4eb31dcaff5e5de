using System.Runtime.InteropServices.JavaScript;
using System.Text;
using Isar.Storage.Sqlite;

namespace Isar.Storage.Browser;

/// <summary>
/// The methods that the trampolines of <c>vfs.ts</c> call. They only move arguments to and from <see cref="SqliteVfs"/> and
/// <see cref="SqliteFile"/>. A result that is not a result code is written into the staging buffer.
/// </summary>
internal static partial class VfsExports
{
    /// <summary>No result code of SQLite; <c>loans.ts</c> has the same.</summary>
    private const int Lent = 1 << 16;

    /// <summary>No result code of SQLite either; <c>loans.ts</c> has the same.</summary>
    private const int Told = 1 << 17;

    /// <summary>No result code of SQLite either; <c>loans.ts</c> has the same.</summary>
    private const int Direct = 1 << 18;

    /// <summary>No result code of SQLite either; <c>loans.ts</c> has the same.</summary>
    private const int Logs = 1 << 19;

    /// <summary>Opens a file; writes its handle and the flags it was opened with as two 32-bit numbers.</summary>
    /// <returns>A result code; <see cref="Logs"/> when it is a database that may have a write-ahead log.</returns>
    [JSExport]
    internal static int Open(int vfs, string? name, int flags)
    {
        int code = SqliteVfs.Handles[vfs].Open(name, flags, out int handle, out int outFlags);
        BitConverter.TryWriteBytes(Staging.Span(4), handle);
        BitConverter.TryWriteBytes(Staging.Span(8)[4..], outFlags);
        return code == SqliteCode.Ok && SqliteFile.Handles[handle].HasWalIndex ? Logs : code;
    }

    [JSExport]
    internal static int Delete(int vfs, string name, int syncDirectory) => SqliteVfs.Handles[vfs].Delete(name, syncDirectory != 0);

    [JSExport]
    internal static int Access(int vfs, string name)
    {
        int code = SqliteVfs.Handles[vfs].Access(name, out bool exists);
        BitConverter.TryWriteBytes(Staging.Span(4), exists ? 1 : 0);
        return code;
    }

    /// <summary>Writes the full path and its NUL.</summary>
    [JSExport]
    internal static int FullPathname(int vfs, string name, int size)
    {
        int code = SqliteVfs.Handles[vfs].FullPathname(name, out string fullPath);
        if (SqliteCode.Primary(code) != SqliteCode.Ok)
            return code;
        Span<byte> buffer = Staging.Span(size);
        if (!Encoding.UTF8.TryGetBytes(fullPath, buffer[..^1], out int length))
            return SqliteCode.CantOpenFullPath;
        buffer[length] = 0;
        return code;
    }

    /// <summary>Writes random bytes.</summary>
    [JSExport]
    internal static int Randomness(int size) => SqliteVfs.Randomness(Staging.Span(size));

    /// <summary>Writes the time in milliseconds of the Julian day as a 64-bit number.</summary>
    [JSExport]
    internal static int CurrentTime(int vfs)
    {
        int code = SqliteVfs.Handles[vfs].CurrentTime(out long milliseconds);
        BitConverter.TryWriteBytes(Staging.Span(8), milliseconds);
        return code;
    }

    /// <summary>Writes the text of the last failure and its NUL.</summary>
    [JSExport]
    internal static int GetLastError(int size) => SqliteVfs.GetLastError(Staging.Span(Math.Min(size, Staging.Size)));

    [JSExport]
    internal static int Close(int file) => SqliteFile.Close(file);

    /// <summary>Reads from a file and writes the bytes, filled up with zeros.</summary>
    /// <returns>A result code; <see cref="Direct"/> when the next reads can pass by .NET.</returns>
    [JSExport]
    internal static int Read(int file, int count, double offset)
    {
        SqliteFile read = SqliteFile.Handles[file];
        int code = read.Read(Staging.Span(count), (long)offset);
        return code == SqliteCode.Ok && read.IsDirect ? Direct : code;
    }

    /// <summary>Writes the number by which the script that is returned knows a file that can be read directly.</summary>
    [JSExport]
    internal static string? DirectSource(int file)
    {
        if (SqliteFile.Handles[file].Direct is not { } direct)
            return null;
        BitConverter.TryWriteBytes(Staging.Span(4), direct.File);
        return direct.Script;
    }

    [JSExport]
    internal static int Write(int file, int count, double offset) => SqliteFile.Handles[file].Write(Staging.Span(count), (long)offset);

    [JSExport]
    internal static int Truncate(int file, double length) => SqliteFile.Handles[file].Truncate((long)length);

    [JSExport]
    internal static int Sync(int file) => SqliteFile.Handles[file].Sync();

    /// <summary>Writes the length as a 64-bit number.</summary>
    [JSExport]
    internal static int FileSize(int file)
    {
        int code = SqliteFile.Handles[file].FileSize(out long length);
        BitConverter.TryWriteBytes(Staging.Span(8), length);
        return code;
    }

    /// <returns>A result code; <see cref="Lent"/> when a shared lock was granted that may outlast SQLite's.</returns>
    [JSExport]
    internal static int Lock(int file, int level)
    {
        SqliteFile locked = SqliteFile.Handles[file];
        int code = locked.Lock(level);
        return code == SqliteCode.Ok && level == (int)LockLevel.Shared && locked.MayLend ? Lent : code;
    }

    /// <returns>A result code; <see cref="Told"/> when the lock has ended and it was noted why SQLite will fail now.</returns>
    [JSExport]
    internal static int Unlock(int file, int level)
    {
        Exception? before = VfsCall.Current.Failure;
        int code = SqliteFile.Handles[file].Unlock(level);
        return code == SqliteCode.Ok && VfsCall.Current.Failure != before ? Told : code;
    }

    [JSExport]
    internal static int CheckReservedLock(int file)
    {
        int code = SqliteFile.Handles[file].CheckReservedLock(out bool reserved);
        BitConverter.TryWriteBytes(Staging.Span(4), reserved ? 1 : 0);
        return code;
    }

    /// <summary>Runs a file control: reads and writes a number as 64 bits, writes a text with its NUL.</summary>
    [JSExport]
    internal static int FileControl(int file, int opcode)
    {
        long value = BitConverter.ToInt64(Staging.Span(8));
        string? text = null;
        int code = SqliteFile.Handles[file].Control(opcode, ref value, ref text);
        BitConverter.TryWriteBytes(Staging.Span(8), value);
        if (text is not null)
        {
            int length = Encoding.UTF8.GetBytes(text, Staging.Span(Staging.Size - 1));
            Staging.Span(length + 1)[length] = 0;
        }
        return code;
    }

    [JSExport]
    internal static int DeviceCharacteristics(int file) => SqliteFile.Handles[file].DeviceCharacteristics;

    /// <summary>SQLite begins to use the index of a log; writes the number of the tenure as a 64-bit number.</summary>
    /// <returns>A result code; <see cref="Lent"/> as of <see cref="EnterIndex"/>.</returns>
    [JSExport]
    internal static int MapIndex(int file)
    {
        SqliteFile mapped = SqliteFile.Handles[file];
        return Entered(mapped, mapped.MapIndex(out long tenure), tenure);
    }

    /// <summary>Something is about to be locked in that index; writes the number of the tenure as a 64-bit number.</summary>
    /// <returns>A result code; <see cref="Lent"/> when it need not be left when nothing is locked any more, but only when it is recalled.</returns>
    [JSExport]
    internal static int EnterIndex(int file)
    {
        SqliteFile entered = SqliteFile.Handles[file];
        return Entered(entered, entered.EnterIndex(out long tenure), tenure);
    }

    [JSExport]
    internal static void LeaveIndex(int file) => SqliteFile.Handles[file].LeaveIndex();

    /// <returns>Whether what the index holds means nothing any more.</returns>
    [JSExport]
    internal static bool EndLogWrites(int file, bool isCheckpoint) => SqliteFile.Handles[file].EndLogWrites(isCheckpoint);

    [JSExport]
    internal static void UnmapIndex(int file) => SqliteFile.Handles[file].UnmapIndex();

    private static int Entered(SqliteFile file, int code, long tenure)
    {
        BitConverter.TryWriteBytes(Staging.Span(8), tenure);
        return code == SqliteCode.Ok && file.MayLend ? Lent : code;
    }
}
