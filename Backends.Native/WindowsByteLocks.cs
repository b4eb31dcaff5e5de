using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>
/// <see href="https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-lockfileex">LockFileEx</see>, as SQLite's own VFS for
/// Windows uses it. It cannot turn one kind of lock into the other, so there is a moment without a lock. The pending byte is locked then,
/// which keeps out every process that obeys the protocol.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsByteLocks : IByteLocks
{
    private const uint FailImmediately = 1;
    private const uint Exclusive = 2;
    private const int LockViolation = 33;
    private const int NotLocked = 158;
    private const int IoPending = 997;

    public bool UnlocksAnyRange => false;

    public bool TryLock(SafeFileHandle file, ByteRange range, bool exclusive)
    {
        var overlapped = new Overlapped(range.Start);
        if (LockFileEx(file, exclusive ? FailImmediately | Exclusive : FailImmediately, 0, (uint)range.Length, 0, ref overlapped))
            return true;
        int error = Marshal.GetLastPInvokeError();
        return error is LockViolation or IoPending ? false : throw Failure(error);
    }

    public bool TryRaise(SafeFileHandle file, ByteRange range)
    {
        Unlock(file, range);
        if (TryLock(file, range, exclusive: true))
            return true;
        LockAgain(file, range);
        return false;
    }

    public void Lower(SafeFileHandle file, ByteRange range)
    {
        Unlock(file, range);
        LockAgain(file, range);
    }

    public void Unlock(SafeFileHandle file, ByteRange range)
    {
        var overlapped = new Overlapped(range.Start);
        if (UnlockFileEx(file, 0, (uint)range.Length, 0, ref overlapped))
            return;
        int error = Marshal.GetLastPInvokeError();
        if (error != NotLocked)
            throw Failure(error);
    }

    public bool IsLocked(SafeFileHandle file, ByteRange range)
    {
        // Windows tells only by trying. Shared, so that two processes that ask at the same time do not take each other for a writer.
        if (!TryLock(file, range, exclusive: false))
            return true;
        Unlock(file, range);
        return false;
    }

    /// <remarks>
    /// Not found out by an exclusive lock: who is refused one meanwhile takes it for that of somebody who begins. So a lock that nobody has counts as
    /// shared.
    /// </remarks>
    public bool IsShared(SafeFileHandle file, ByteRange range) => !IsLocked(file, range);

    private void LockAgain(SafeFileHandle file, ByteRange range)
    {
        if (!TryLock(file, range, exclusive: false))
            throw Failure(LockViolation);
    }

    private static IOException Failure(int error)
        => new($"{Marshal.GetPInvokeErrorMessage(error)} (error {error} of LockFileEx)", unchecked((int)0x80070000) | error);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool LockFileEx(
        SafeFileHandle file, uint flags, uint reserved, uint lengthLow, uint lengthHigh, ref Overlapped overlapped);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool UnlockFileEx(
        SafeFileHandle file, uint reserved, uint lengthLow, uint lengthHigh, ref Overlapped overlapped);

    /// <summary>OVERLAPPED, of which only the offset is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Overlapped(long offset)
    {
        private readonly nuint _internalLow;
        private readonly nuint _internalHigh;
        private readonly uint _offsetLow = (uint)offset;
        private readonly uint _offsetHigh = (uint)(offset >> 32);
        private readonly nint _event;
    }
}
