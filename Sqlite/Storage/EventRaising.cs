using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Raises events of the storage, which must not fail because of the app's handlers.</summary>
internal static class EventRaising
{
    /// <summary>Calls each handler of an event. Exceptions are only logged, after that: a logger may throw too.</summary>
    public static void RaiseEach<T>(this EventHandler<T>? handlers, object sender, T argument, string name, ILogger logger)
    {
        List<Exception> failures = [];
        foreach (EventHandler<T> handler in Delegate.EnumerateInvocationList(handlers))
        {
            try
            {
                handler(sender, argument);
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }
        foreach (Exception failure in failures)
            logger.EventHandlerFailed(name, failure);
    }
}
