using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>Which file it is, whatever its name, and whose. .NET tells neither.</summary>
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode, uint Owner, uint Group)
{
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint OwnerGroupAndInode = 0x8 | 0x10 | 0x100;

    private static readonly bool _isLinux = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid();
    private static readonly bool _isApple = OperatingSystem.IsMacOS() || OperatingSystem.IsIOS() || OperatingSystem.IsTvOS();

    /// <summary>Android has statx() since version 11, glibc since 2.28.</summary>
    private static readonly bool _hasStatx = _isLinux
        && NativeLibrary.TryLoad("libc", typeof(FileIdentity).Assembly, searchPath: null, out nint libc)
        && NativeLibrary.TryGetExport(libc, "statx", out _);

    /// <summary>Gets an open file's; <see langword="null"/> where the platform does not tell.</summary>
    public static FileIdentity? Of(SafeFileHandle file)
    {
        if (_hasStatx)
            return Statx(file, "", EmptyPath, OwnerGroupAndInode, out LinuxStatus status) == 0 ? Of(status) : null;
        if (!_isApple)
            return null;
        return (IsAppleArm ? Fstat(file, out AppleStatus apple) : FstatOnIntel(file, out apple)) == 0 ? Of(apple) : null;
    }

    /// <summary>Gets that of the file that a path leads to; <see langword="null"/> when it leads to none, or the platform does not tell.</summary>
    public static FileIdentity? Of(string path)
    {
        if (_hasStatx)
            return Statx(CurrentDirectory, path, 0, OwnerGroupAndInode, out LinuxStatus status) == 0 ? Of(status) : null;
        if (!_isApple)
            return null;
        return (IsAppleArm ? Stat(path, out AppleStatus apple) : StatOnIntel(path, out apple)) == 0 ? Of(apple) : null;
    }

    /// <summary>Tells whether it is the same file, whoever owns it.</summary>
    public bool IsSameFile(FileIdentity other) => Device == other.Device && Inode == other.Inode;

    /// <summary>Gives an open file an owner and a group. Even root may be refused, in a container; then the file stays as it is.</summary>
    public static void SetOwner(SafeFileHandle file, FileIdentity like) => _ = Fchown(file, like.Owner, like.Group);

    private static bool IsAppleArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static FileIdentity Of(in LinuxStatus status) =>
        new(((ulong)status.DeviceMajor << 32) | status.DeviceMinor, status.Inode, status.Owner, status.Group);

    private static FileIdentity Of(in AppleStatus status) => new((uint)status.Device, status.Inode, status.Owner, status.Group);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle file, string path, int flags, uint mask, out LinuxStatus status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out LinuxStatus status);

    [LibraryImport("libc", EntryPoint = "fstat")]
    private static partial int Fstat(SafeFileHandle file, out AppleStatus status);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64")]
    private static partial int FstatOnIntel(SafeFileHandle file, out AppleStatus status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, out AppleStatus status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatOnIntel(string path, out AppleStatus status);

    [LibraryImport("libc", EntryPoint = "fchown")]
    private static partial int Fchown(SafeFileHandle file, uint owner, uint group);

    /// <summary>struct statx, the same on every processor (<see href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</see>).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct LinuxStatus
    {
        [FieldOffset(20)]
        public uint Owner;
        [FieldOffset(24)]
        public uint Group;
        [FieldOffset(32)]
        public ulong Inode;
        [FieldOffset(136)]
        public uint DeviceMajor;
        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    /// <summary>struct stat with 64-bit inodes of Apple's systems.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct AppleStatus
    {
        [FieldOffset(0)]
        public int Device;
        [FieldOffset(8)]
        public ulong Inode;
        [FieldOffset(16)]
        public uint Owner;
        [FieldOffset(20)]
        public uint Group;
    }
}
