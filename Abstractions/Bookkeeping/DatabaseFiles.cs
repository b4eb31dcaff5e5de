namespace Isar.Storage;

/// <summary>
/// The files that SQLite keeps beside a database, by their names
/// (<see href="https://sqlite.org/tempfiles.html">Temporary Files Used By SQLite</see>).
/// </summary>
public static class DatabaseFiles
{
    /// <summary>The suffix of the rollback journal.</summary>
    public const string JournalSuffix = "-journal";

    /// <summary>The suffix of the write-ahead log.</summary>
    public const string WriteAheadLogSuffix = "-wal";

    /// <summary>The suffix of the write-ahead log's index.</summary>
    public const string SharedMemorySuffix = "-shm";

    /// <summary>What follows the database's name in a super-journal's name, before nine hexadecimal digits of which the seventh is 9.</summary>
    public const string SuperJournalMark = "-mj";

    /// <summary>The length of the longest suffix, that of a super-journal.</summary>
    public const int MaxSuffixLength = 12;

    /// <summary>
    /// What the full names of files begin with that only this storage opens. No file of the operating system can have such a name, so that a
    /// program that takes a connection's data source for a file, as <c>EnsureDeleted</c> of EF Core does, gets an error that says what deletes it.
    /// </summary>
    public const string FullNamePrefix = "/dev/null/IIsarStorage.DeleteAsync/";

    private static readonly string[] _suffixes = [JournalSuffix, WriteAheadLogSuffix, SharedMemorySuffix, SuperJournalMark];

    /// <summary>
    /// Turns a name that SQLite knows a file by into its path: its full name, which SQLite writes into journals, or the path itself.
    /// </summary>
    /// <returns><see langword="false"/> when it names no file of a storage.</returns>
    public static bool TryParseFullName(string? name, out StoragePath path)
    {
        bool isFull = name is not null && name.StartsWith(FullNamePrefix, StringComparison.Ordinal);
        return StoragePath.TryParse(isFull ? name![FullNamePrefix.Length..] : name, out path);
    }

    /// <summary>Gets the database that a file beside it, such as a journal, belongs to.</summary>
    /// <returns><see langword="false"/> when the path is a database's own.</returns>
    public static bool TryGetDatabase(StoragePath path, out StoragePath database)
    {
        string value = path.Value;
        string? suffix = _suffixes.FirstOrDefault(s => value.EndsWith(s, StringComparison.Ordinal));
        int suffixLength = suffix?.Length ?? (IsSuperJournal(path) ? MaxSuffixLength : 0);
        database = default;
        return suffixLength > 0 && StoragePath.TryParse(value[..^suffixLength], out database);
    }

    /// <summary>Tells whether a path is that of a super-journal, which SQLite makes for a transaction over several databases.</summary>
    public static bool IsSuperJournal(StoragePath path)
    {
        string value = path.Value;
        int at = value.Length - MaxSuffixLength;
        return at > 0
            && value.AsSpan(at).StartsWith(SuperJournalMark)
            && value[at + 9] == '9'
            && value.AsSpan(at + 3).IndexOfAnyExcept("0123456789ABCDEF") < 0;
    }
}
