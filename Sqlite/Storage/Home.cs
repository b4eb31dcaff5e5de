namespace Isar.Storage.Sqlite;

/// <summary>Where a database was found to live, or is to be made.</summary>
/// <param name="Backend">The backend.</param>
/// <param name="Record">Its record, if it has one.</param>
/// <param name="RecordFailure">Why the record could not be read. The backend is then the only one that has the database.</param>
internal readonly record struct Home(ReadyBackend Backend, StorageHome? Record = null, StorageException? RecordFailure = null);

/// <summary>A database that one caller has for itself alone.</summary>
/// <param name="Home">Where it lives.</param>
/// <param name="Files">Its files, or <see langword="null"/> when it is open here.</param>
internal sealed record TakenDatabase(Home Home, ClosedDatabase? Files);
