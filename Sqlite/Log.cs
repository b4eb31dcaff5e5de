using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Storage {Backend} at {Location}: {Reason}")]
    public static partial void StorageChosen(this ILogger logger, string backend, string location, string reason);

    [LoggerMessage(2, LogLevel.Warning, "Storage {Backend} does not survive the end of the process: {Reason}")]
    public static partial void StorageNotPersistent(this ILogger logger, string backend, string reason);

    [LoggerMessage(3, LogLevel.Warning, "An operation on {File} failed with SQLite code {Code}")]
    public static partial void OperationFailed(this ILogger logger, string file, int code, Exception exception);

    [LoggerMessage(EventId = 4, Message = "{Pipeline} of {Database} waits, because another connection, tab or process holds it")]
    public static partial void Waits(this ILogger logger, LogLevel level, string pipeline, string database, Exception? exception);

    [LoggerMessage(5, LogLevel.Warning, "Storage {Backend} is not available: {Reason}")]
    public static partial void BackendRejected(this ILogger logger, string backend, string reason);

    [LoggerMessage(6, LogLevel.Warning, "Storage {Backend} has reduced durability, {Durability}: a power loss can undo the last commits")]
    public static partial void DurabilityReduced(this ILogger logger, string backend, StorageDurability durability);

    [LoggerMessage(7, LogLevel.Warning, "The record of where {Database} lives cannot be read; {Backend} is the only storage that has it")]
    public static partial void OpenedWithoutRecord(this ILogger logger, string database, string backend, Exception exception);

    [LoggerMessage(8, LogLevel.Warning,
        "The copy of {Database} that a migration left in {Backend} stays there until {Database} is opened while {Backend} can be used")]
    public static partial void CopyStays(this ILogger logger, string database, string backend, Exception? cause);

    [LoggerMessage(9, LogLevel.Information, "Migrated {Database} from {Source} to {Destination}")]
    public static partial void DatabaseMigrated(this ILogger logger, string database, string source, string destination);

    [LoggerMessage(10, LogLevel.Warning, "{Database} could not be migrated to {Destination} and is opened where it lives")]
    public static partial void MigrationOnOpenFailed(this ILogger logger, string database, string destination, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "{Usage} of {Quota} bytes that the platform grants are used")]
    public static partial void QuotaNearlyUsed(this ILogger logger, long usage, long quota);

    [LoggerMessage(12, LogLevel.Warning, "The platform did not say how much space there is")]
    public static partial void QuotaUnknown(this ILogger logger, Exception exception);

    [LoggerMessage(13, LogLevel.Error, "A handler of {Name} threw")]
    public static partial void EventHandlerFailed(this ILogger logger, string name, Exception exception);

    [LoggerMessage(14, LogLevel.Warning, "The record of where databases live cannot be read; what is stored is listed as it is found")]
    public static partial void ListedWithoutRecord(this ILogger logger, Exception exception);

    [LoggerMessage(15, LogLevel.Information, "A transaction on {Database} waits, because others are in its way")]
    public static partial void TransactionWaits(this ILogger logger, string database, Exception? exception);

    [LoggerMessage(16, LogLevel.Warning, "Who holds {Database} could not be found out")]
    public static partial void HolderUnknown(this ILogger logger, string database, Exception exception);

    [LoggerMessage(17, LogLevel.Error, "The files of {Database} could not be stored properly before they were given up to another tab or worker")]
    public static partial void SuspendFailed(this ILogger logger, string database, Exception exception);

    [LoggerMessage(18, LogLevel.Debug, "Gave {Database} up to another tab or worker that waits for it")]
    public static partial void LeaseGivenUp(this ILogger logger, string database);

    [LoggerMessage(19, LogLevel.Warning,
        "{File}, which an import or export needed for a while, could not be deleted; it is tried again at the next start")]
    public static partial void StagedFileStays(this ILogger logger, string file, Exception exception);

    [LoggerMessage(20, LogLevel.Warning, "Could not find out whether interrupted imports or exports left files in {Backend}")]
    public static partial void StagedFilesUnknown(this ILogger logger, string backend, Exception exception);

    [LoggerMessage(21, LogLevel.Warning, "{Database}, which could not be filled, was left empty")]
    public static partial void EmptyDatabaseStays(this ILogger logger, string database, Exception exception);

    [LoggerMessage(22, LogLevel.Warning,
        "A database of the VFS {Vfs} has a write-ahead log, but this SQLite, version {Version}, can damage such a database "
        + "when several connections write: use SQLite 3.51.3 or later, or journal_mode=DELETE")]
    public static partial void LogUnsafe(this ILogger logger, string vfs, int version);

    [LoggerMessage(23, LogLevel.Warning, "{Database}, which was just filled, could not be given a write-ahead log; it has a rollback journal")]
    public static partial void LogNotBegun(this ILogger logger, string database);
}
