using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Browser;

/// <summary>The worker's own handlers, by name. Each call gets services of a scope of its own.</summary>
internal sealed class WorkerHandlers(IEnumerable<WorkerHandler> handlers, IServiceScopeFactory scopes, ILogger<WorkerHandlers> logger)
{
    private readonly Dictionary<string, WorkerHandler> _handlers = handlers.ToDictionary(handler => handler.Name, StringComparer.Ordinal);

    /// <returns>The result as JSON.</returns>
    /// <exception cref="RequestException">There is no such handler, the argument is wrong, or the handler failed in its own way.</exception>
    public async Task<string> RunAsync(string name, string argument, CancellationToken cancellationToken)
    {
        if (!_handlers.TryGetValue(name, out WorkerHandler? handler))
            throw new RequestException(ErrorMessage.OfUsage(DescribeMissing(name)));
        try
        {
            AsyncServiceScope scope = scopes.CreateAsyncScope();
            await using ConfiguredAsyncDisposable disposal = scope.ConfigureAwait(false);
            return await handler.RunAsync(scope.ServiceProvider, argument, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsItsOwn(e, cancellationToken))
        {
            logger.HandlerFailed(name, e);
            throw new RequestException(ErrorMessage.OfHandler(e), e);
        }
    }

    /// <summary>Tells whether an exception is the handler's own. One of the storage or of SQLite keeps its kind, like a cancellation.</summary>
    private static bool IsItsOwn(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        RequestException or StorageException or SqliteException => false,
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => true,
    };

    private string DescribeMissing(string name) => _handlers.Count == 0
        ? $"The worker has no handler \"{name}\", nor any other: a worker of your own adds them with AddWorkerHandler."
        : $"The worker has no handler \"{name}\"; it has \"{string.Join("\", \"", _handlers.Keys.Order(StringComparer.Ordinal))}\".";
}
