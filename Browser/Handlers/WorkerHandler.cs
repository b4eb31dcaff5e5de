using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Isar.Storage.Browser;

/// <summary>Code of the worker's own that the page calls by a name; arguments and results are JSON texts.</summary>
internal abstract class WorkerHandler(string name)
{
    /// <summary>The JSON of an argument that the page leaves out.</summary>
    private const string NoArgument = "null";

    public string Name => name;

    /// <exception cref="RequestException">The handler cannot take this argument; it was not run.</exception>
    public abstract ValueTask<string> RunAsync(IServiceProvider services, string argument, CancellationToken cancellationToken);

    protected RequestException Refuse(string why, Exception? cause = null) => new(ErrorMessage.OfUsage($"The handler \"{name}\" {why}"), cause);

    /// <summary>A handler that takes an argument, which is never null.</summary>
    public sealed class WithArgument<TArgument, TResult>(
        string name,
        JsonTypeInfo<TArgument> argumentType,
        JsonTypeInfo<TResult> resultType,
        Func<IServiceProvider, TArgument, CancellationToken, ValueTask<TResult>> handle) : WorkerHandler(name)
    {
        public override async ValueTask<string> RunAsync(IServiceProvider services, string argument, CancellationToken cancellationToken)
        {
            TArgument read = Read(argument);
            return JsonSerializer.Serialize(await handle(services, read, cancellationToken).ConfigureAwait(false), resultType);
        }

        private TArgument Read(string argument)
        {
            TArgument? read;
            try
            {
                read = JsonSerializer.Deserialize(argument, argumentType);
            }
            catch (JsonException e)
            {
                throw Refuse($"cannot read its argument as {typeof(TArgument)}: {e.Message}", e);
            }
            return read ?? throw Refuse("needs an argument.");
        }
    }

    /// <summary>A handler without an argument.</summary>
    public sealed class WithoutArgument<TResult>(
        string name, JsonTypeInfo<TResult> resultType, Func<IServiceProvider, CancellationToken, ValueTask<TResult>> handle) : WorkerHandler(name)
    {
        public override async ValueTask<string> RunAsync(IServiceProvider services, string argument, CancellationToken cancellationToken) =>
            argument == NoArgument
                ? JsonSerializer.Serialize(await handle(services, cancellationToken).ConfigureAwait(false), resultType)
                : throw Refuse("takes no argument.");
    }
}
