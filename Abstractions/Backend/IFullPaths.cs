namespace Isar.Storage;

/// <summary>
/// A backend whose files have names outside it, which other programs use too. SQLite is then given those full names, so that what it
/// writes into its journals means the same to every process.
/// </summary>
public interface IFullPaths
{
    /// <summary>Gets the name that other programs know the file by.</summary>
    string ToFullPath(StoragePath path);

    /// <summary>Turns such a name back into a path of this backend; <see langword="false"/> when it lies outside.</summary>
    bool TryFromFullPath(string fullPath, out StoragePath path);
}
