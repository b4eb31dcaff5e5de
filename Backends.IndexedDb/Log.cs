using Microsoft.Extensions.Logging;

namespace Isar.Storage.Backends.IndexedDb;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "A commit on {Database} could not be stored in IndexedDB and was undone")]
    public static partial void CommitUndone(this ILogger logger, string database, Exception exception);
}
