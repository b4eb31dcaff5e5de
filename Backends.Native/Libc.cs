using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>What .NET does not offer of Unix's file system.</summary>
internal static partial class Libc
{
    /// <summary>LOCK_UN, the same on every Unix.</summary>
    private const int Release = 8;

    /// <summary>O_RDONLY, which is 0 everywhere, with O_CLOEXEC, which is not.</summary>
    private static readonly int _readOnlyCloseOnExec =
        OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 0x80000
        : OperatingSystem.IsFreeBSD() ? 0x100000
        : 0x1000000;

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

    /// <summary>Lets go of the advisory lock on a whole file. A file system that fails here gave none.</summary>
    public static void ReleaseAdvisoryLock(SafeFileHandle file) => _ = Flock(file, Release);

    // open() takes a third argument only when it creates, so this is callable although C declares it variadic.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock")]
    private static partial int Flock(SafeFileHandle file, int operation);
}
