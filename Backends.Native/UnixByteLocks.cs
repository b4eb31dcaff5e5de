using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>
/// Open file description locks of Linux (<see href="https://man7.org/linux/man-pages/man2/fcntl.2.html">fcntl(2)</see>) and of Apple's
/// systems. They conflict with the traditional locks of SQLite's own VFS, as they must, but do not have their flaw: a process that closes
/// any handle of a file loses all its traditional locks on it.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixByteLocks : IByteLocks
{
    private const int Interrupted = 4;
    private const int AccessDenied = 13;

    private static readonly bool _isLinux = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid();

    /// <summary>
    /// EAGAIN; POSIX lets a system say EACCES instead. Also the numbers below differ: Apple's are in <c>bsd/sys/fcntl.h</c> of
    /// <see href="https://github.com/apple-oss-distributions/xnu">XNU</see>.
    /// </summary>
    private static readonly int _tryAgain = _isLinux ? 11 : 35;
    private static readonly int _setLock = _isLinux ? 37 : 90;
    private static readonly int _getLock = _isLinux ? 36 : 92;
    private static readonly short _shared = (short)(_isLinux ? 0 : 1);
    private static readonly short _exclusive = (short)(_isLinux ? 1 : 3);
    private const short None = 2;

    private UnixByteLocks()
    {
    }

    public static UnixByteLocks? OfPlatform { get; } = _isLinux || IsApple ? new UnixByteLocks() : null;

    private static bool IsApple
        => OperatingSystem.IsMacOS() || OperatingSystem.IsIOS() || OperatingSystem.IsTvOS();

    public bool UnlocksAnyRange => true;

    public bool TryLock(SafeFileHandle file, ByteRange range, bool exclusive)
    {
        short type = exclusive ? _exclusive : _shared;
        int error = Control(file, _setLock, range, ref type);
        if (error == _tryAgain || error == AccessDenied)
            return false;
        ThrowIf(error);
        return true;
    }

    // The system replaces one kind of lock by the other in one step.
    public bool TryRaise(SafeFileHandle file, ByteRange range) => TryLock(file, range, exclusive: true);

    public void Lower(SafeFileHandle file, ByteRange range) => Set(file, range, _shared);

    public void Unlock(SafeFileHandle file, ByteRange range) => Set(file, range, None);

    public bool IsLocked(SafeFileHandle file, ByteRange range) => FindLock(file, range) != None;

    public bool IsShared(SafeFileHandle file, ByteRange range) => FindLock(file, range) == _shared;

    /// <summary>Gets the kind of a lock that would be in the way of an exclusive one.</summary>
    private static short FindLock(SafeFileHandle file, ByteRange range)
    {
        short type = _exclusive;
        ThrowIf(Control(file, _getLock, range, ref type));
        return type;
    }

    private static void Set(SafeFileHandle file, ByteRange range, short type) => ThrowIf(Control(file, _setLock, range, ref type));

    private static int Control(SafeFileHandle file, int command, ByteRange range, ref short type)
    {
        int error;
        do
            error = _isLinux ? Libc.ControlOnLinux(file, command, range, ref type) : Libc.ControlOnApple(file, command, range, ref type);
        while (error == Interrupted);
        return error;
    }

    private static void ThrowIf(int error)
    {
        if (error != 0)
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} (error {error} of fcntl)", error);
    }
}
