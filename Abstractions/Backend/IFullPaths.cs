namespace Isar.Storage;

/// <summary>
/// A backend whose files other programs open too, by their full names. SQLite is given these full names, so that a name that it writes
/// into a journal means the same to every process.
/// </summary>
public interface IFullPaths
{
    /// <summary>Gets the full name by which other programs open a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="followsLink">
    /// Whether a symbolic link leads to the file: then SQLite refuses it to a caller that opens with <c>SQLITE_OPEN_NOFOLLOW</c>.
    /// </param>
    string ToFullPath(StoragePath path, out bool followsLink);

    /// <summary>Turns a full name into a path of this backend; <see langword="false"/> when it is not a full name.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.PathInvalid"/>: it lies outside the backend, or breaks a rule of <see cref="StoragePath"/>.
    /// </exception>
    bool TryFromFullPath(string fullPath, out StoragePath path);
}
