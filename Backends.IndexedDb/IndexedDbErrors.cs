using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>The one place that classifies what the browser and the scripts throw, by the name of the error.</summary>
internal static class IndexedDbErrors
{
    /// <summary>Makes a failure of an operation on a file, with the browser's error inside.</summary>
    public static StorageException Of(JSException failure, string file)
    {
        (string name, string message) = Split(failure);
        return name switch
        {
            "QuotaExceededError" => new(StorageErrorKind.Full, $"The browser's quota leaves no space for \"{file}\".", failure),
            "RangeError" => new(StorageErrorKind.Full,
                $"There is no memory left for \"{file}\": {message}. IndexedDB databases are kept in memory.", failure),
            "TooLargeError" => new(StorageErrorKind.Full,
                $"{message}. All of an IndexedDB database is in memory; raise "
                + $"{nameof(IndexedDbOptions)}.{nameof(IndexedDbOptions.MaxDatabaseBytes)} if there is enough.", failure),
            "CorruptError" => new(StorageErrorKind.Corrupt, $"What IndexedDB holds is damaged: {message}. Nothing in it was changed.", failure),
            "NewerFormatError" => new(StorageErrorKind.Unavailable,
                $"{message}. It was written by a newer version of this app; reload the page to get that one. Nothing in it was changed.", failure),
            "ChangedError" => new(StorageErrorKind.Corrupt,
                $"{message}, such as deleting the data of this site. Its connections are of no use any more; reload the page.", failure),
            "NotAFileError" => new(StorageErrorKind.NotAFile, $"{message}.", failure),
            "ClosedError" => new(StorageErrorKind.Unavailable, $"The IndexedDB database is closed: {message}.", failure),
            _ => new(StorageErrorKind.Io, $"IndexedDB failed on \"{file}\": {failure.Message}", failure),
        };
    }

    /// <summary>Makes the failure for an IndexedDB that cannot be used at all.</summary>
    public static StorageException Unavailable(JSException failure)
    {
        (string name, string message) = Split(failure);
        return name switch
        {
            "QuotaExceededError" => Of(failure, "its IndexedDB database"),
            "BlockedError" => new(StorageErrorKind.Busy, $"The IndexedDB database cannot be opened: {message}.", failure),
            "CorruptError" => Of(failure, ""),
            "VersionError" => new(StorageErrorKind.Unavailable,
                "The IndexedDB database was written by a newer version of this app; reload the page to get that one. Nothing in it was changed.",
                failure),
            _ => new(StorageErrorKind.Unavailable,
                $"IndexedDB cannot be used here: the browser does not offer it, refuses it, or cannot read what it has stored. "
                + $"It says: {failure.Message}",
                failure),
        };
    }

    private static (string Name, string Message) Split(JSException failure)
    {
        string text = failure.Message;
        int end = text.IndexOf(':', StringComparison.Ordinal);
        return end < 0 ? (text, text) : (text[..end].Trim(), text[(end + 1)..].Trim());
    }
}
