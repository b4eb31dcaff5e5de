namespace Isar.Storage;

/// <summary>
/// A backend whose files other programs open too, by their full names. SQLite is given these full names, so that a name that it writes
/// into a journal means the same to every process.
/// </summary>
public interface IFullPaths
{
    /// <summary>Gets the full name by which other programs open a file.</summary>
    string ToFullPath(StoragePath path);

    /// <summary>Turns a full name into a path of this backend; <see langword="false"/> when it lies outside the backend.</summary>
    bool TryFromFullPath(string fullPath, out StoragePath path);
}
