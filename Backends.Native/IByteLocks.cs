using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>
/// The operating system's locks on bytes of a file. They belong to the open file: two handles exclude each other within one process as
/// between two, and closing one leaves the locks of the other. The system releases them when the process dies. No method waits.
/// </summary>
/// <remarks>A failure other than a conflicting lock is an <see cref="IOException"/>.</remarks>
internal interface IByteLocks
{
    /// <summary>Gets the locks of this platform; <see langword="null"/> where it has no locks that belong to an open file.</summary>
    static IByteLocks? OfPlatform { get; } = OperatingSystem.IsWindows() ? new WindowsByteLocks() : UnixByteLocks.OfPlatform;

    /// <summary>Gets whether a range can be unlocked of which only parts, or nothing, are locked.</summary>
    bool UnlocksAnyRange { get; }

    /// <summary>Locks bytes on which this file has no lock; <see langword="false"/> when another open file is in the way.</summary>
    bool TryLock(SafeFileHandle file, ByteRange range, bool exclusive);

    /// <summary>Makes a shared lock exclusive; <see langword="false"/> when another open file is in the way: then it stays shared.</summary>
    bool TryRaise(SafeFileHandle file, ByteRange range);

    /// <summary>Makes an exclusive lock shared.</summary>
    void Lower(SafeFileHandle file, ByteRange range);

    /// <summary>Unlocks a range that was locked; where <see cref="UnlocksAnyRange"/>, any, in one step.</summary>
    void Unlock(SafeFileHandle file, ByteRange range);

    /// <summary>Tells whether another open file has a lock on bytes on which this file has no lock.</summary>
    bool IsLocked(SafeFileHandle file, ByteRange range);

    /// <summary>Tells whether the locks of other open files, which have refused this one an exclusive lock, are shared ones.</summary>
    bool IsShared(SafeFileHandle file, ByteRange range);
}
