using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace Isar.Storage.Backends.Native;

/// <summary>What the native backend does with directories.</summary>
internal static class NativeDirectory
{
    private static readonly EnumerationOptions _everything = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = true,
        RecurseSubdirectories = true,
    };

    /// <summary>Makes a directory with its missing parents, each one durable in its parent.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.NotAFile"/> when a file is where a directory is needed.</exception>
    public static void Create(string path)
    {
        if (Directory.Exists(path))
            return;
        if (File.Exists(path))
        {
            throw new StorageException(StorageErrorKind.NotAFile,
                $"\"{path}\" is a file, but a directory is needed there. Choose another name.");
        }
        string? parent = Path.GetDirectoryName(path);
        if (parent is not null)
            Create(parent);
        Directory.CreateDirectory(path);
        if (parent is not null)
            Flush(parent);
    }

    /// <summary>
    /// Makes missing directories below an existing root: a root made anew would hide that its disk is away. Makes nothing outside the root,
    /// where a symbolic link led.
    /// </summary>
    public static void CreateBelow(string root, string path)
    {
        if (IsBelow(root, path) && Directory.Exists(root))
            Create(path);
    }

    public static bool IsBelow(string root, string path)
        => path.StartsWith(Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>
    /// Makes durable which files a directory holds. On Unix that is an <c>fsync</c> of the directory; Windows needs nothing, because
    /// NTFS logs what happens to names.
    /// </summary>
    public static void Flush(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        try
        {
            using SafeFileHandle directory = Libc.OpenDirectory(path);
            RandomAccess.FlushToDisk(directory);
        }
        catch (Exception e) when (NativeErrors.IsPlatformError(e))
        {
            throw NativeErrors.Translate(e, "flush", path, isDirectory: true);
        }
    }

    /// <summary>
    /// Finds the full paths and lengths of all files below a directory, without what lies behind links to directories or in directories
    /// that this user may not read.
    /// </summary>
    public static IEnumerable<(string FullPath, long Length)> ListFiles(string root)
    {
        // The directory itself must be readable, or it would look empty.
        _ = Directory.EnumerateFileSystemEntries(root).Any();
        var paths = new FileSystemEnumerable<string>(root, static (ref FileSystemEntry entry) => entry.ToFullPath(), _everything)
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = static (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        foreach (string path in paths)
        {
            if (LengthOf(path) is { } length)
                yield return (path, length);
        }
    }

    /// <summary>Gets a file's length; <see langword="null"/> when there is none, or a directory, or a link that leads nowhere.</summary>
    public static long? LengthOf(string path)
    {
        var file = new FileInfo(path);
        // A link exists even when it leads nowhere, and has a length: that of the path in it.
        if (file.LinkTarget is not null)
            file = RealPath.Resolve(path) is { } realPath ? new FileInfo(realPath) : null;
        return file is { Exists: true } ? file.Length : null;
    }
}
