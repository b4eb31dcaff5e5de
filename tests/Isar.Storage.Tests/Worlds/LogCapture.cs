using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Tests.Worlds;

/// <summary>Keeps what is logged.</summary>
internal sealed class LogCapture : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message, Exception? Exception)> _entries = [];

    public string[] Messages => [.. _entries.Select(entry => entry.Message)];

    public string[] Warnings => [.. _entries.Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Message)];

    public Exception[] Exceptions => [.. _entries.Select(entry => entry.Exception).OfType<Exception>()];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => _entries.Enqueue((logLevel, formatter(state, exception), exception));

    public void Dispose()
    {
    }
}
