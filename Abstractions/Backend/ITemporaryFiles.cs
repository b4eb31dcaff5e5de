namespace Isar.Storage;

/// <summary>
/// A backend that has a place for SQLite's temporary files (<see href="https://sqlite.org/tempfiles.html">Temporary Files Used By SQLite</see>).
/// Without one they are in memory, up to <see cref="IsarStorageOptions.MaxTemporaryBytes"/>.
/// </summary>
public interface ITemporaryFiles
{
    /// <summary>Makes an empty file without a name, which only the caller uses and which is gone when it is disposed or the process ends.</summary>
    IStorageFile CreateTemporary();
}
