using System.Text.Json.Serialization.Metadata;
using Isar.Storage.Browser;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage;

/// <summary>Adds code of your own to a worker, for its page to call.</summary>
/// <remarks>
/// <para>The page calls a handler with <c>storage.call(name, argument)</c> in TypeScript or <c>IIsarStorageClient.CallAsync</c> in C#. Argument
/// and result travel as JSON; their <see cref="JsonTypeInfo{T}"/> comes from a
/// <see href="https://learn.microsoft.com/dotnet/standard/serialization/system-text-json/source-generation">JsonSerializerContext</see> of
/// yours, so nothing is found by reflection and the worker can be trimmed.</para>
/// <para>A handler gets the services of a scope of its own, such as a <c>DbContext</c>, and runs on the worker's one thread: handlers that
/// await run side by side, one that computes holds everything else up. When it has returned, the host completes what it committed, as
/// <see cref="IIsarStorage.FlushAsync"/> does, for every database of the default <see cref="IIsarStorage"/>; then the page gets the result.</para>
/// <para>Synchronous SQL, and that of EF Core and Dapper, needs <see cref="IIsarStorage.PrepareAsync"/> before it, in every handler: another
/// tab may have had the database meanwhile.</para>
/// <para>A <see cref="StorageException"/> or <see cref="Microsoft.Data.Sqlite.SqliteException"/> reaches the page with its own kind and codes, any
/// other exception as an error of kind <c>handler</c> with its type and message; its stack stays in the worker's log. The token is cancelled when
/// the page cancels the call.</para>
/// </remarks>
public static class WorkerHandlerServiceCollectionExtensions
{
    /// <summary>Adds a handler that takes an argument. A page that gives none, or one of another type, gets an error of kind <c>usage</c>.</summary>
    /// <typeparam name="TArgument">What it takes; never <see langword="null"/>.</typeparam>
    /// <typeparam name="TResult">What it returns.</typeparam>
    /// <param name="services">The worker's services: <see cref="IIsarStorageBuilder.Services"/>.</param>
    /// <param name="name">The name by which the page calls it, such as <c>notes/search</c>; compared exactly.</param>
    /// <param name="argumentType">How the argument is read.</param>
    /// <param name="resultType">How the result is written.</param>
    /// <param name="handler">The code: services of this call, the argument, and a token that the page can cancel.</param>
    /// <exception cref="ArgumentException">The name is empty or already taken.</exception>
    public static IServiceCollection AddWorkerHandler<TArgument, TResult>(
        this IServiceCollection services,
        string name,
        JsonTypeInfo<TArgument> argumentType,
        JsonTypeInfo<TResult> resultType,
        Func<IServiceProvider, TArgument, CancellationToken, ValueTask<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(argumentType);
        ArgumentNullException.ThrowIfNull(resultType);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(services, name, () => new WorkerHandler.WithArgument<TArgument, TResult>(name, argumentType, resultType, handler));
    }

    /// <summary>Adds a handler that takes no argument. A page that gives one gets an error of kind <c>usage</c>.</summary>
    /// <inheritdoc cref="AddWorkerHandler{TArgument, TResult}"/>
    public static IServiceCollection AddWorkerHandler<TResult>(
        this IServiceCollection services,
        string name,
        JsonTypeInfo<TResult> resultType,
        Func<IServiceProvider, CancellationToken, ValueTask<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(resultType);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(services, name, () => new WorkerHandler.WithoutArgument<TResult>(name, resultType, handler));
    }

    private static IServiceCollection Add(IServiceCollection services, string name, Func<WorkerHandler> create)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (services.Any(service => service.ImplementationInstance is WorkerHandler known && known.Name == name))
            throw new ArgumentException($"A handler named \"{name}\" is already added; give the second one another name.", nameof(name));
        return services.AddSingleton(create());
    }
}
