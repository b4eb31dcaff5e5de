namespace Isar.Storage;

/// <summary>
/// A backend in which, after a crash inside a transaction over several databases, rolling one of them back takes a look at the others
/// (<see href="https://sqlite.org/atomiccommit.html">Atomic Commit</see>, section 5), so that they must be acquired with it.
/// </summary>
public interface ILinkedDatabases : ILeasedFiles
{
    /// <summary>Gets the databases that an acquired one leads to; most often none.</summary>
    IReadOnlyCollection<StoragePath> GetLinks(StoragePath database);

    /// <summary>Clears away links that mean nothing any more. Called when a database and everything that it leads to is acquired.</summary>
    void ClearLinks(StoragePath database);
}
