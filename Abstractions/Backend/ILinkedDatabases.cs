namespace Isar.Storage;

/// <summary>
/// A backend with links between databases. After a crash in a transaction over several databases, rolling one back reads the others
/// (<see href="https://sqlite.org/atomiccommit.html">Atomic Commit</see>, section 5), so they must be acquired together.
/// </summary>
public interface ILinkedDatabases : ILeasedFiles
{
    /// <summary>Gets the databases that must be acquired together with an acquired one; most often there are none.</summary>
    IReadOnlyCollection<StoragePath> GetLinks(StoragePath database);

    /// <summary>Removes links that are no longer needed. Called when a database and all databases that it links to are acquired.</summary>
    void ClearLinks(StoragePath database);
}
