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

    [LoggerMessage(4, LogLevel.Information, "Opening {Database} waits for files that somebody else holds")]
    public static partial void OpenWaits(this ILogger logger, string database, Exception? exception);
}
