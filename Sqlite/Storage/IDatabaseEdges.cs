namespace Isar.Storage.Sqlite;

/// <summary>What the worker host needs of a storage beside <see cref="IIsarStorage"/>.</summary>
internal interface IDatabaseEdges
{
    /// <summary>Makes the edge of a connection to a database that was opened.</summary>
    DatabaseEdge CreateEdge(string database);

    /// <summary>Sets whether databases that are not used here are kept until another tab asks for them, or given up at once.</summary>
    void KeepIdle(bool keep);

    /// <summary>Gives every database up to others as soon as no connection here is in a transaction.</summary>
    void Yield();

    /// <summary>Completes when every commit made so far to any database is stored.</summary>
    ValueTask FlushAsync();
}
