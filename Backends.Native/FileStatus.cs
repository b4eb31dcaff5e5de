using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>
/// What the operating system tells of a file in one call. .NET asks for each fact anew, and does not tell which file it is, and whose.
/// </summary>
internal readonly unsafe partial struct FileStatus
{
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const int LinkItself = 0x100;
    private const uint TypePermissionsOwnerInodeAndLength = 0x1 | 0x2 | 0x8 | 0x10 | 0x100 | 0x200;

    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Directory = 0x4000;
    private const int PermissionMask = 0xFFF;

    private static readonly bool _isLinux = OperatingSystem.IsLinux() || OperatingSystem.IsAndroid();
    private static readonly bool _isApple = OperatingSystem.IsMacOS() || OperatingSystem.IsIOS() || OperatingSystem.IsTvOS();

    /// <summary>Android has statx() since version 11, glibc since 2.28.</summary>
    private static readonly bool _hasStatx = _isLinux
        && NativeLibrary.TryLoad("libc", typeof(FileStatus).Assembly, searchPath: null, out nint libc)
        && NativeLibrary.TryGetExport(libc, "statx", out _);

    private readonly int _mode;
    private readonly ulong _device;
    private readonly ulong _inode;

    private FileStatus(in LinuxStatus status)
    {
        _mode = status.Mode;
        _device = ((ulong)status.DeviceMajor << 32) | status.DeviceMinor;
        _inode = status.Inode;
        Owner = status.Owner;
        Group = status.Group;
        Length = (long)status.Length;
    }

    private FileStatus(in AppleStatus status)
    {
        _mode = status.Mode;
        _device = (uint)status.Device;
        _inode = status.Inode;
        Owner = status.Owner;
        Group = status.Group;
        Length = status.Length;
    }

    /// <summary>Gets whether the platform tells.</summary>
    public static bool IsKnown => _hasStatx || _isApple;

    public uint Owner { get; }

    public uint Group { get; }

    public long Length { get; }

    /// <summary>Gets whether it is an ordinary file: no directory, device or symbolic link.</summary>
    public bool IsRegular => (_mode & TypeMask) == Regular;

    public bool IsDirectory => (_mode & TypeMask) == Directory;

    public UnixFileMode Permissions => (UnixFileMode)(_mode & PermissionMask);

    /// <summary>Gets an open file's; <see langword="null"/> where the platform does not tell.</summary>
    [SkipLocalsInit]
    public static FileStatus? Of(SafeFileHandle file)
    {
        int descriptor = Libc.DescriptorOf(file);
        FileStatus? status = null;
        if (_hasStatx)
        {
            byte end = 0;
            LinuxStatus linux;
            if (Statx(descriptor, &end, EmptyPath, TypePermissionsOwnerInodeAndLength, &linux) == 0)
                status = new FileStatus(linux);
        }
        else if (_isApple)
        {
            AppleStatus apple;
            if ((IsAppleArm ? Fstat(descriptor, &apple) : FstatOnIntel(descriptor, &apple)) == 0)
                status = new FileStatus(apple);
        }
        GC.KeepAlive(file);
        return status;
    }

    /// <summary>Gets that of the file that a path leads to; <see langword="null"/> when it leads to none, or the platform does not tell.</summary>
    public static FileStatus? Of(string path)
    {
        if (_hasStatx)
        {
            return Statx(CurrentDirectory, path, 0, TypePermissionsOwnerInodeAndLength, out LinuxStatus status) == 0
                ? new FileStatus(status)
                : null;
        }
        if (!_isApple)
            return null;
        return (IsAppleArm ? Stat(path, out AppleStatus apple) : StatOnIntel(path, out apple)) == 0 ? new FileStatus(apple) : null;
    }

    /// <summary>Gets that of what has a name, also of a symbolic link itself, where <see cref="IsKnown"/>.</summary>
    /// <param name="path">The path in UTF-8 and its NUL.</param>
    /// <param name="status">The status.</param>
    /// <returns>0, or the error's number.</returns>
    [SkipLocalsInit]
    public static int OfName(ReadOnlySpan<byte> path, out FileStatus status)
    {
        fixed (byte* name = path)
        {
            if (_hasStatx)
            {
                LinuxStatus linux;
                if (Statx(CurrentDirectory, name, LinkItself, TypePermissionsOwnerInodeAndLength, &linux) == 0)
                {
                    status = new FileStatus(linux);
                    return 0;
                }
            }
            else
            {
                AppleStatus apple;
                if ((IsAppleArm ? Lstat(name, &apple) : LstatOnIntel(name, &apple)) == 0)
                {
                    status = new FileStatus(apple);
                    return 0;
                }
            }
        }
        status = default;
        return Marshal.GetLastSystemError();
    }

    /// <summary>Tells whether it is the same file, whoever owns it.</summary>
    public bool IsSameFile(FileStatus other) => _device == other._device && _inode == other._inode;

    public bool HasSameOwner(FileStatus other) => Owner == other.Owner && Group == other.Group;

    /// <summary>Gives an open file an owner and a group. Even root may be refused, in a container; then the file stays as it is.</summary>
    public static void SetOwner(SafeFileHandle file, FileStatus like) => _ = Fchown(file, like.Owner, like.Group);

    private static bool IsAppleArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out LinuxStatus status);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Statx(int directory, byte* path, int flags, uint mask, LinuxStatus* status);

    [LibraryImport("libc", EntryPoint = "fstat")]
    private static partial int Fstat(int file, AppleStatus* status);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64")]
    private static partial int FstatOnIntel(int file, AppleStatus* status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, out AppleStatus status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatOnIntel(string path, out AppleStatus status);

    [LibraryImport("libc", EntryPoint = "lstat")]
    private static partial int Lstat(byte* path, AppleStatus* status);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64")]
    private static partial int LstatOnIntel(byte* path, AppleStatus* status);

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
        [FieldOffset(28)]
        public ushort Mode;
        [FieldOffset(32)]
        public ulong Inode;
        [FieldOffset(40)]
        public ulong Length;
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
        [FieldOffset(4)]
        public ushort Mode;
        [FieldOffset(8)]
        public ulong Inode;
        [FieldOffset(16)]
        public uint Owner;
        [FieldOffset(20)]
        public uint Group;
        [FieldOffset(96)]
        public long Length;
    }
}
