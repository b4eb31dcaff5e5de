using System.Text;

namespace Isar.Storage.Sqlite;

/// <summary>The names that databases may have.</summary>
internal static class DatabaseName
{
    /// <summary>The beginning of the names of the storage's own files. No database may have such a name.</summary>
    public const string ReservedPrefix = ".isar-";

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
        if (IsReserved(path))
        {
            throw new StorageException(StorageErrorKind.PathInvalid,
                $"The name \"{database}\" cannot be a database's: names that begin with \"{ReservedPrefix}\" are the storage's own.");
        }
        return path;
    }

    /// <summary>Tells whether a stored file is a database, and not a journal or a file of the storage's own.</summary>
    public static bool IsDatabase(StoragePath file) => !IsReserved(file) && !DatabaseFiles.TryGetDatabase(file, out _);

    /// <summary>Gets a database's own file and those beside it, in the order of safe deletion: without its database a journal is void.</summary>
    public static IEnumerable<StoragePath> FilesOf(StoragePath database) =>
        [database, .. _companions.Select(suffix => StoragePath.Parse(database.Value + suffix))];

    private static bool IsReserved(StoragePath path) => path.Value.StartsWith(ReservedPrefix, StringComparison.Ordinal);
}
