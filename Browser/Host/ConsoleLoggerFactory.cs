using Microsoft.Extensions.Logging;

namespace Isar.Storage.Browser;

/// <summary>Logs to the browser's console from <see cref="LogLevel.Information"/> on, as an app does that configures nothing.</summary>
internal sealed class ConsoleLoggerFactory(ConsoleLoggerProvider console) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Filter(console.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("Add logging to the services of the worker: services.AddLogging(...).");

    public void Dispose() => console.Dispose();

    private sealed class Filter(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information && logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
