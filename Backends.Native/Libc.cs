using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>What .NET does not offer of Unix's file system.</summary>
internal static partial class Libc
{
    /// <summary>LOCK_UN, the same on every Unix.</summary>
    private const int Release = 8;

    /// <summary>SYS_fcntl64 of 32-bit Linux, on ARM and x86 alike.</summary>
    private const nint Fcntl64 = 221;

    /// <summary>O_RDONLY, which is 0 everywhere, with O_CLOEXEC, which is not.</summary>
    private static readonly int _readOnlyCloseOnExec =
        OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 0x80000 : 0x1000000;

    /// <summary>Opens a directory, which .NET refuses to, so that it can be flushed.</summary>
    /// <exception cref="IOException">With the error's number as <see cref="Exception.HResult"/>, as .NET's own.</exception>
    public static SafeFileHandle OpenDirectory(string path)
    {
        int descriptor = Open(path, _readOnlyCloseOnExec);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        int error = Marshal.GetLastPInvokeError();
        throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: \"{path}\"", error);
    }

    /// <summary>Releases the advisory lock on a whole file. A file system that fails here never gave the lock.</summary>
    public static void ReleaseAdvisoryLock(SafeFileHandle file) => _ = Flock(file, Release);

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
        // Apple's convention for 64-bit ARM passes variadic arguments on the stack, which begins after eight arguments.
        int result = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? Fcntl(file, command, 0, 0, 0, 0, 0, 0, ref argument)
            : Fcntl(file, command, ref argument);
        type = argument.Type;
        return result < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    // open() takes a third argument only when it creates, so this is callable although C declares it variadic.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock")]
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
