namespace Isar.Storage.Sqlite;

/// <summary>The steps of exports and imports, for the worker host, whose page moves the bytes.</summary>
internal interface IDatabaseTransfers
{
    /// <summary>Makes a copy of a database, to be read and disposed.</summary>
    ValueTask<DatabaseSnapshot> CreateSnapshotAsync(string database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Begins to receive a file, until the result is disposed.</summary>
    /// <param name="database">The database that it is for.</param>
    /// <param name="length">How many bytes will come, where that is known.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<DatabaseImport> BeginImportAsync(string database, long? length, CancellationToken cancellationToken);

    /// <summary>Checks what was received and replaces the database with it.</summary>
    ValueTask FinishImportAsync(
        string database, DatabaseImport import, bool checkIntegrity, IProgress<StorageProgress>? progress, CancellationToken cancellationToken);
}
