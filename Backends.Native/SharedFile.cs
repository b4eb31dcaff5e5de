namespace Isar.Storage.Backends.Native;

/// <summary>
/// What the open files of one path share in this process, whichever backend opened them: two service providers may use the same directory.
/// </summary>
/// <remarks>
/// Known by the path without symbolic links. When a file is deleted while it is open and another one is made under its name, both share
/// one object until the last is closed: a directory may then be flushed once more than needed.
/// </remarks>
internal sealed class SharedFile
{
    private static readonly Lock _gate = new();

    /// <summary>Guarded by the gate. Where file systems usually ignore case, so does the table.</summary>
    private static readonly Dictionary<string, SharedFile> _files = new(
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() || OperatingSystem.IsIOS() || OperatingSystem.IsTvOS()
            ? StringComparer.OrdinalIgnoreCase
            : StringComparer.Ordinal);

    private readonly string _path;
    private int _users;
    private volatile bool _isNameUnflushed;

    private SharedFile(string path) => _path = path;

    /// <summary>Gets or sets whether the file's name may not be durable in its directory yet.</summary>
    public bool IsNameUnflushed
    {
        get => _isNameUnflushed;
        set => _isNameUnflushed = value;
    }

    /// <summary>Gets the object of a path for one more open file, which gives it back with <see cref="Return"/>.</summary>
    public static SharedFile Rent(string realPath)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(realPath, out SharedFile? file))
                _files.Add(realPath, file = new SharedFile(realPath));
            file._users++;
            return file;
        }
    }

    public void Return()
    {
        lock (_gate)
        {
            if (--_users == 0)
                _files.Remove(_path);
        }
    }
}
