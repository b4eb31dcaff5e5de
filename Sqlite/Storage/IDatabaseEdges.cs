namespace Isar.Storage.Sqlite;

/// <summary>What the worker host needs of a storage beside <see cref="IIsarStorage"/>.</summary>
internal interface IDatabaseEdges
{
    /// <summary>Makes the edge of a connection to a database that was opened.</summary>
    DatabaseEdge CreateEdge(string database);

    /// <summary>Says whether databases that nobody here uses are kept until somebody asks, or given up at once.</summary>
    void KeepIdle(bool keep);

    /// <summary>Gives every database up to others as soon as nobody here is in a transaction.</summary>
    void Yield();

    /// <summary>Completes when every commit made so far to any database is stored.</summary>
    ValueTask FlushAsync();
}
