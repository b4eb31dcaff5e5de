using System.Text;

namespace Isar.Storage.Sqlite;

/// <summary>The names that databases may have.</summary>
internal static class DatabaseName
{
    private static readonly string[] _companions =
        [DatabaseFiles.JournalSuffix, DatabaseFiles.WriteAheadLogSuffix, DatabaseFiles.SharedMemorySuffix];

    /// <summary>Checks a database's name.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/>.</exception>
    public static StoragePath Parse(string database)
    {
        StoragePath path = StoragePath.Parse(database);
        if (Encoding.UTF8.GetByteCount(database) > StoragePath.MaxBytes - DatabaseFiles.MaxSuffixLength)
        {
            throw new StorageException(StorageErrorKind.PathInvalid,
                $"The database name \"{database}\" is too long: with the suffix of a journal it exceeds {StoragePath.MaxBytes} bytes.");
        }
        if (DatabaseFiles.TryGetDatabase(path, out StoragePath owner))
        {
            throw new StorageException(StorageErrorKind.PathInvalid,
                $"The name \"{database}\" cannot be a database's: SQLite gives it to a journal of \"{owner}\".");
        }
        return path;
    }

    /// <summary>Gets a database's own file and those beside it, in the order in which deleting is safe: without its database a journal is void.</summary>
    public static IEnumerable<StoragePath> FilesOf(StoragePath database) =>
        [database, .. _companions.Select(suffix => StoragePath.Parse(database.Value + suffix))];
}
