namespace Isar.Storage.Sqlite;

/// <summary>What the worker host needs of a storage beside <see cref="IIsarStorage"/>.</summary>
internal interface IDatabaseEdges
{
    /// <summary>Gets whether the app configures connections, so that they have to be those of Microsoft.Data.Sqlite.</summary>
    bool ConfiguresConnections { get; }

    /// <summary>Opens a connection of the host's own, as <see cref="IIsarStorage.OpenAsync"/> opens one of Microsoft.Data.Sqlite.</summary>
    /// <param name="database">The database's name.</param>
    /// <param name="open">
    /// Gets the file's name, the name of the VFS, and SQL to run; throws <see cref="Microsoft.Data.Sqlite.SqliteException"/>.
    /// </param>
    /// <param name="progress">Receives what is waited for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What <paramref name="open"/> returned.</returns>
    ValueTask<nint> OpenAsync(
        string database, Func<string, string, string, nint> open, IProgress<StorageProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Makes the edge of a connection to a database that was opened.</summary>
    DatabaseEdge CreateEdge(string database);

    /// <summary>Sets whether databases that are not used here are kept until another tab asks for them, or given up at once.</summary>
    void KeepIdle(bool keep);

    /// <summary>Lends locks and uses from now on; see <see cref="LeasePolicy.Recall"/>.</summary>
    void LendUntil(Action recall);

    /// <summary>Gives every database up to others as soon as no connection here is in a transaction.</summary>
    void Yield();

    /// <summary>
    /// Completes when the commits that were made just now to a database are stored; says nothing of earlier ones. Does nothing for a name that
    /// is none of a database here.
    /// </summary>
    /// <exception cref="StorageException">They could not be stored.</exception>
    ValueTask FlushCommitAsync(string database);

    /// <summary>Gets how many times commits were undone that no caller waited for.</summary>
    long UndoneCommits { get; }

    /// <summary>Completes when every commit made so far to any database is stored.</summary>
    /// <param name="undoneBefore">What <see cref="UndoneCommits"/> was before these commits.</param>
    /// <exception cref="StorageException">A commit could not be stored.</exception>
    ValueTask FlushSinceAsync(long undoneBefore);
}
