using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>
/// What .NET does not offer of Unix's file system, and what SQLite calls so often that it must cost no more than the call of the system.
/// </summary>
/// <remarks>
/// What is called often takes the descriptor out of its handle, as one thread at a time uses a file, and asks for the error's number only
/// after a failure.
/// </remarks>
internal static unsafe partial class Libc
{
    // The same on every Unix.
    private const int OpenToReadAndWrite = 2;
    private const int MayWriteAndEnter = 3;
    private const int AdvisoryShared = 1;
    private const int AdvisoryAtOnce = 4;
    private const int AdvisoryRelease = 8;
    private const int MayReadMemory = 1;
    private const int MayReadAndWriteMemory = 3;
    private const int MapShared = 1;
    private const nint MapFailed = -1;
    private const int Interrupted = 4;
    private const int NoSpace = 28;

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

    /// <summary>Gets whether offsets in files have 64 bits, so that <see cref="Read"/> and <see cref="Write"/> can be used.</summary>
    public static bool HasLongOffsets => Environment.Is64BitProcess && !OperatingSystem.IsWindows();

    /// <summary>Calls <c>pread</c> until the buffer is full or the file ends.</summary>
    /// <returns>The bytes read.</returns>
    /// <exception cref="IOException">With the error's number as <see cref="Exception.HResult"/>, as .NET's own.</exception>
    public static int Read(SafeFileHandle file, Span<byte> destination, long offset, string path)
    {
        int total = 0;
        fixed (byte* start = destination)
        {
            while (total < destination.Length)
            {
                nint count = Pread(DescriptorOf(file), start + total, destination.Length - total, (nint)(offset + total));
                if (count == 0)
                    break;
                if (count > 0)
                    total += (int)count;
                else if (Marshal.GetLastSystemError() is int error && error != Interrupted)
                    throw Failure(error, path);
            }
        }
        GC.KeepAlive(file);
        return total;
    }

    /// <summary>Calls <c>pwrite</c> until everything is written.</summary>
    /// <exception cref="IOException">With the error's number as <see cref="Exception.HResult"/>, as .NET's own.</exception>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> source, long offset, string path)
    {
        int total = 0;
        fixed (byte* start = source)
        {
            while (total < source.Length)
            {
                nint count = Pwrite(DescriptorOf(file), start + total, source.Length - total, (nint)(offset + total));
                if (count > 0)
                    total += (int)count;
                else if (count == 0)
                    throw Failure(NoSpace, path);
                else if (Marshal.GetLastSystemError() is int error && error != Interrupted)
                    throw Failure(error, path);
            }
        }
        GC.KeepAlive(file);
    }

    /// <summary>Maps a part of a file into memory, shared with all who map it, where <see cref="HasLongOffsets"/>.</summary>
    /// <returns>The address.</returns>
    /// <exception cref="IOException">With the error's number as <see cref="Exception.HResult"/>, as .NET's own.</exception>
    public static nint Map(SafeFileHandle file, long offset, int length, bool writable, string path)
    {
        nint address = Mmap(0, length, writable ? MayReadAndWriteMemory : MayReadMemory, MapShared, file, (nint)offset);
        return address != MapFailed ? address : throw Failure(Marshal.GetLastPInvokeError(), path);
    }

    /// <summary>Gives back what <see cref="Map"/> has mapped.</summary>
    public static void Unmap(nint address, int length) => _ = Munmap(address, length);

    /// <summary>Gets the descriptor of a handle, which the caller keeps alive until it has used it.</summary>
    public static int DescriptorOf(SafeFileHandle file)
    {
        ObjectDisposedException.ThrowIf(file.IsClosed, file);
        return (int)file.DangerousGetHandle();
    }

    /// <summary>Calls <c>fcntl</c> with a lock; <paramref name="type"/> is the lock's kind before and after.</summary>
    /// <returns>0, or the error's number.</returns>
    public static int ControlOnLinux(SafeFileHandle file, int command, ByteRange range, ref short type)
    {
        var argument = new LinuxLock { Type = type, Start = range.Start, Length = range.Length };
        // On 32-bit systems the structure of fcntl() depends on the C library, so this calls the kernel itself.
        nint result = Environment.Is64BitProcess
            ? Fcntl(DescriptorOf(file), command, &argument)
            : SystemCall(Fcntl64, DescriptorOf(file), command, &argument);
        int error = result < 0 ? Marshal.GetLastSystemError() : 0;
        GC.KeepAlive(file);
        type = argument.Type;
        return error;
    }

    /// <inheritdoc cref="ControlOnLinux"/>
    public static int ControlOnApple(SafeFileHandle file, int command, ByteRange range, ref short type)
    {
        var argument = new AppleLock { Type = type, Start = range.Start, Length = range.Length };
        int result = IsAppleArm
            ? Fcntl(DescriptorOf(file), command, 0, 0, 0, 0, 0, 0, &argument)
            : Fcntl(DescriptorOf(file), command, &argument);
        int error = result < 0 ? Marshal.GetLastSystemError() : 0;
        GC.KeepAlive(file);
        type = argument.Type;
        return error;
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

    [LibraryImport("libc", EntryPoint = "pread")]
    private static partial nint Pread(int file, byte* buffer, nint count, nint offset);

    [LibraryImport("libc", EntryPoint = "pwrite")]
    private static partial nint Pwrite(int file, byte* buffer, nint count, nint offset);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Mmap(nint address, nint length, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Munmap(nint address, nint length);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(int file, int command, LinuxLock* argument);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, int file, int command, LinuxLock* argument);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(int file, int command, AppleLock* argument);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(
        int file, int command, nint unused2, nint unused3, nint unused4, nint unused5, nint unused6, nint unused7, AppleLock* argument);

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
