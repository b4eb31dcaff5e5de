using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>What .NET does not offer of Unix's file system.</summary>
internal static partial class Libc
{
    // The same on every Unix.
    private const int OpenToReadAndWrite = 2;
    private const int MayWriteAndEnter = 3;
    private const int AdvisoryShared = 1;
    private const int AdvisoryAtOnce = 4;
    private const int AdvisoryRelease = 8;
    private const int Interrupted = 4;

    /// <summary>SYS_fcntl64 of 32-bit Linux, on ARM and x86 alike.</summary>
    private const nint Fcntl64 = 221;

    private static readonly bool _isLinux = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid();

    // O_CREAT, O_CLOEXEC, and O_NOFOLLOW, which differs between the processors of Linux.
    private static readonly int _create = _isLinux ? 0x40 : 0x200;
    private static readonly int _closeOnExec = _isLinux ? 0x80000 : 0x1000000;
    private static readonly int _noFollow = !_isLinux ? 0x100
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le ? 0x8000
        : 0x20000;

    /// <summary>O_LARGEFILE, which only 32-bit Linux needs.</summary>
    private static readonly int _large = !_isLinux || Environment.Is64BitProcess ? 0
        : RuntimeInformation.ProcessArchitecture == Architecture.X86 ? 0x8000
        : 0x20000;

    /// <summary>Opens a directory, which .NET refuses to, so that it can be flushed.</summary>
    /// <exception cref="IOException">With the error's number as <see cref="Exception.HResult"/>, as .NET's own.</exception>
    public static SafeFileHandle OpenDirectory(string path) => OpenHandle(path, _closeOnExec, permissions: 0);

    /// <summary>Opens a file, but no symbolic link in the place of one, which .NET would follow.</summary>
    /// <exception cref="IOException">With the error's number as <see cref="Exception.HResult"/>, as .NET's own.</exception>
    public static SafeFileHandle OpenFile(string path, StorageOpenMode mode, UnixFileMode permissions)
    {
        int flags = _closeOnExec | _noFollow | _large;
        if (mode != StorageOpenMode.ReadOnly)
            flags |= OpenToReadAndWrite;
        if (mode == StorageOpenMode.Create)
            flags |= _create;
        SafeFileHandle file = OpenHandle(path, flags, (int)permissions);
        // As .NET does: a program that opened the file for itself alone has an exclusive lock. It is released at once, because on macOS and
        // BSD, and over NFS, it would conflict with the byte-range locks of other SQLite processes.
        if (Flock(file, AdvisoryShared | AdvisoryAtOnce) == 0)
            _ = Flock(file, AdvisoryRelease);
        else if (Marshal.GetLastPInvokeError() is int error && error == NativeErrors.WouldBlock)
        {
            file.Dispose();
            throw Failure(error, path);
        }
        return file;
    }

    /// <summary>Tells whether this user may make files in a directory.</summary>
    public static bool MayWrite(string directory) => Access(directory, MayWriteAndEnter) == 0;

    /// <summary>Calls <c>fcntl</c> with a lock; <paramref name="type"/> is the lock's kind before and after.</summary>
    /// <returns>0, or the error's number.</returns>
    public static int ControlOnLinux(SafeFileHandle file, int command, ByteRange range, ref short type)
    {
        var argument = new LinuxLock { Type = type, Start = range.Start, Length = range.Length };
        // On 32-bit systems the structure of fcntl() depends on the C library, so this calls the kernel itself.
        nint result = Environment.Is64BitProcess ? Fcntl(file, command, ref argument) : SystemCall(Fcntl64, file, command, ref argument);
        type = argument.Type;
        return result < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <inheritdoc cref="ControlOnLinux"/>
    public static int ControlOnApple(SafeFileHandle file, int command, ByteRange range, ref short type)
    {
        var argument = new AppleLock { Type = type, Start = range.Start, Length = range.Length };
        int result = IsAppleArm
            ? Fcntl(file, command, 0, 0, 0, 0, 0, 0, ref argument)
            : Fcntl(file, command, ref argument);
        type = argument.Type;
        return result < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>
    /// Gets whether variadic arguments are passed on the stack, which begins after eight arguments: Apple's convention for 64-bit ARM.
    /// </summary>
    private static bool IsAppleArm => !_isLinux && RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static SafeFileHandle OpenHandle(string path, int flags, int permissions)
    {
        while (true)
        {
            int descriptor = IsAppleArm ? Open(path, flags, 0, 0, 0, 0, 0, 0, permissions) : Open(path, flags, permissions);
            if (descriptor >= 0)
                return new SafeFileHandle(descriptor, ownsHandle: true);
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
                throw Failure(error, path);
        }
    }

    private static IOException Failure(int error, string path) => new($"{Marshal.GetPInvokeErrorMessage(error)}: \"{path}\"", error);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int permissions);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(
        string path, int flags, nint unused2, nint unused3, nint unused4, nint unused5, nint unused6, nint unused7, int permissions);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, ref LinuxLock argument);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, SafeFileHandle file, int command, ref LinuxLock argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, ref AppleLock argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(
        SafeFileHandle file, int command, nint unused2, nint unused3, nint unused4, nint unused5, nint unused6, nint unused7,
        ref AppleLock argument);

    /// <summary>struct flock of 64-bit Linux, and struct flock64 of 32-bit Linux. An open file's lock demands process 0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LinuxLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }

    /// <summary>struct flock of Apple's systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct AppleLock
    {
        public long Start;
        public long Length;
        public int Process;
        public short Type;
        public short Whence;
    }
}
