namespace Isar.Storage.Sqlite;

/// <summary>The errors for a database that is not opened although some storage is available. Each says what to do so that no data is lost.</summary>
internal static class HomeErrors
{
    public static StorageException HomeUnavailable(StoragePath path, StorageHome record, StorageException cause) => Unavailable(
        $"The database \"{path}\" lives in the backend \"{record.Backend}\", which is not available here: {Sentence(cause.Message)} "
        + $"Nothing was made elsewhere. Open it where \"{record.Backend}\" is available; from there it can be migrated.", cause);

    public static StorageException NoCandidate(StoragePath path, StorageHome record, BackendChoice choice) => Unavailable(
        $"The database \"{path}\" lives in the backend \"{record.Backend}\", which is not among the candidates of this storage ({choice.Names}). "
        + "Name it among the candidates, or migrate the database.");

    public static StorageException Unreadable(StoragePath path, StorageException cause) => Unavailable(
        $"It cannot be told where the database \"{path}\" lives: {Sentence(cause.Message)} Nothing was made; try again when the record can be read.",
        cause);

    public static StorageException Several(StoragePath path, IReadOnlyList<FoundCopy> owners) => new(StorageErrorKind.Corrupt,
        $"There are several databases \"{path}\", in the backends {string.Join(" and ", owners.Select(owner => $"\"{owner.Backend.Name}\""))}, "
        + "and no record of which one is in use. Nothing in them was changed; remove or rename all but one.");

    public static StorageException OnlyOldCopy(StoragePath path, FoundCopy copy) => Unavailable(
        $"The database \"{path}\" was moved from the backend \"{copy.Backend.Name}\" to another, but the record of that is gone, and no "
        + $"backend that is available has it. What \"{copy.Backend.Name}\" still has is an old or incomplete copy; nothing in it was changed.");

    private static StorageException Unavailable(string message, StorageException? cause = null) =>
        new(StorageErrorKind.Unavailable, message, cause);

    private static string Sentence(string message) => message.EndsWith('.') ? message : message + ".";
}
