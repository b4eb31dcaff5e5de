using Microsoft.Extensions.Logging;

namespace Isar.Storage.Browser;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Opened {Database} as connection {Id}")]
    public static partial void DatabaseOpened(this ILogger logger, string database, int id);

    [LoggerMessage(2, LogLevel.Debug, "Closed {Database}")]
    public static partial void DatabaseClosed(this ILogger logger, string database);

    [LoggerMessage(3, LogLevel.Error, "A request failed with an unexpected exception")]
    public static partial void RequestFailed(this ILogger logger, Exception exception);

    [LoggerMessage(4, LogLevel.Error, "The handler {Name} failed")]
    public static partial void HandlerFailed(this ILogger logger, string name, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "Ended stream {Stream} of an export or import, because the page no longer asked for its next part")]
    public static partial void StreamAbandoned(this ILogger logger, int stream);
}
