using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>
/// The operating system's locks on bytes of a file. They belong to the open file: two handles exclude each other in one process just
/// as in two, closing one leaves the locks of the other, and the system lets go of them when the process dies. None of it waits.
/// </summary>
/// <remarks>A system that fails for another reason than a lock that is in the way is an <see cref="IOException"/>.</remarks>
internal interface IByteLocks
{
    /// <summary>Gets those of this platform; <see langword="null"/> where there are none that belong to an open file.</summary>
    static IByteLocks? OfPlatform { get; } = OperatingSystem.IsWindows() ? new WindowsByteLocks() : UnixByteLocks.OfPlatform;

    /// <summary>Locks bytes of which this file has none locked; <see langword="false"/> when somebody else is in the way.</summary>
    bool TryLock(SafeFileHandle file, ByteRange range, bool exclusive);

    /// <summary>Makes a shared lock exclusive; <see langword="false"/> when somebody else is in the way: then it stays shared.</summary>
    bool TryRaise(SafeFileHandle file, ByteRange range);

    /// <summary>Makes an exclusive lock shared.</summary>
    void Lower(SafeFileHandle file, ByteRange range);

    /// <summary>Lets go of exactly what was locked.</summary>
    void Unlock(SafeFileHandle file, ByteRange range);

    /// <summary>Tells whether somebody else has a lock on bytes of which this file has none.</summary>
    bool IsLocked(SafeFileHandle file, ByteRange range);
}
