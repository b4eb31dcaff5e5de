namespace Isar.Storage.Backends.Native;

/// <summary>Paths without symbolic links, so that a file has one name here, however it is reached.</summary>
internal static class RealPath
{
    /// <summary>The number of links that Linux follows.</summary>
    private const int MaxLinks = 40;

    private static readonly char[] _separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>
    /// Takes <c>.</c> and <c>..</c> out of a full path, as the kernel understands them: on Unix <c>..</c> is the parent of what a link leads
    /// to. Other links stay.
    /// </summary>
    public static string WithoutDots(string fullPath)
    {
        int last = OperatingSystem.IsWindows() ? -1 : fullPath.LastIndexOf("/../", StringComparison.Ordinal);
        if (last < 0)
            return Path.GetFullPath(fullPath);
        int end = last + "/..".Length;
        return Path.GetFullPath((Resolve(fullPath[..end]) ?? fullPath[..end]) + fullPath[end..]);
    }

    /// <summary>Follows every symbolic link of a full path. What does not exist stays as it is.</summary>
    /// <returns><see langword="null"/> when the links lead in a circle.</returns>
    public static string? Resolve(string fullPath)
    {
        string root = Path.GetPathRoot(fullPath)!;
        return Resolve(root, fullPath[root.Length..]);
    }

    /// <summary>Follows every symbolic link below a directory whose own path has none.</summary>
    /// <returns><see langword="null"/> when the links lead in a circle, or to a name that is not UTF-8, which .NET cannot express.</returns>
    public static string? Resolve(string realDirectory, string relative)
    {
        string real = realDirectory;
        Stack<string> ahead = new();
        Push(ahead, relative);
        int links = 0;
        while (ahead.TryPop(out string? segment))
        {
            if (segment == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }
            string next = Path.Join(real, segment);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MaxLinks || target.Contains('\uFFFD'))
                return null;
            if (Path.IsPathRooted(target))
                real = Path.GetPathRoot(Path.GetFullPath(target, real))!;
            Push(ahead, target[Path.GetPathRoot(target)!.Length..]);
        }
        return real;
    }

    private static void Push(Stack<string> ahead, string relative)
    {
        foreach (string segment in relative.Split(_separators, StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            if (segment != ".")
                ahead.Push(segment);
        }
    }
}
