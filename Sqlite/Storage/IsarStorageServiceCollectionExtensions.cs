using Isar.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Isar.Storage;

/// <summary>Adds Isar.Storage to an app's services.</summary>
public static class IsarStorageServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IIsarStorage"/>: without a key it chooses among the candidates, with a backend's name as key it uses only that one. Add
    /// at least one backend to the result. Calling this again adds to the same storage.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder to add backends to: <c>.UseNative()</c>, <c>.UseOpfs()</c>, <c>.UseMemory()</c>.</returns>
    public static IIsarStorageBuilder AddIsarStorage(this IServiceCollection services, Action<IsarStorageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<IsarStorageOptions> options = services.AddOptions<IsarStorageOptions>();
        if (configure is not null)
            options.Configure(configure);
        options.ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IsarStorageOptions>, IsarStorageOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.TryAddSingleton<IVfsBinding, NativeVfsBinding>();
        services.TryAddSingleton<StorageRegistry>();
        services.TryAddSingleton<IIsarStorage>(static provider => provider.GetRequiredService<StorageRegistry>().Default);
        services.TryAddKeyedSingleton<IIsarStorage>(
            KeyedService.AnyKey,
            static (provider, key) => provider.GetRequiredService<StorageRegistry>().Get((string)key!));
        return new Builder(services);
    }

    private sealed class Builder(IServiceCollection services) : IIsarStorageBuilder
    {
        public IServiceCollection Services => services;
    }
}
