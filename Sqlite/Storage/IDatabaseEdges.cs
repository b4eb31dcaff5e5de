namespace Isar.Storage.Sqlite;

/// <summary>What the worker host needs of a storage beside <see cref="IIsarStorage"/>.</summary>
internal interface IDatabaseEdges
{
    /// <summary>Makes the edge of a connection to a database that was opened.</summary>
    DatabaseEdge CreateEdge(string database);

    /// <summary>Gives every database up to others as soon as nobody here is in a transaction.</summary>
    void Yield();
}
