using System.Diagnostics.Metrics;
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
        // Factories, here and below: to find out by reflection what to construct and how is most of what a worker's start would cost.
        services.TryAddSingleton<IOptions<IsarStorageOptions>>(static provider => new LazyOptions(provider));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IsarStorageOptions>, IsarStorageOptionsValidator>(
            static provider => new IsarStorageOptionsValidator(provider.GetServices<BackendRegistration>())));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.TryAddSingleton<IVfsBinding, NativeVfsBinding>();
        services.TryAddSingleton(static provider => new StorageRegistry(
            provider.GetServices<BackendRegistration>(),
            provider.GetRequiredService<IOptions<IsarStorageOptions>>(),
            provider.GetRequiredService<IVfsBinding>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(),
            provider,
            provider.GetServices<PipelineConfiguration>(),
            provider.GetServices<ConnectionConfiguration>(),
            provider.GetService<IMeterFactory>(),
            provider.GetService<IStorageHomes>(),
            provider.GetService<IStorageQuota>(),
            provider.GetService<IStorageLocks>()));
        services.TryAddSingleton<IIsarStorage>(static provider => provider.GetRequiredService<StorageRegistry>().Default);
        services.TryAddKeyedSingleton<IIsarStorage>(
            KeyedService.AnyKey,
            static (provider, key) => provider.GetRequiredService<StorageRegistry>().Get((string)key!));
        return new Builder(services);
    }

    /// <summary>As the framework's: what has failed is tried again.</summary>
    private sealed class LazyOptions(IServiceProvider services) : IOptions<IsarStorageOptions>
    {
        private readonly Lazy<IsarStorageOptions> _value = new(() => new OptionsFactory<IsarStorageOptions>(
            services.GetServices<IConfigureOptions<IsarStorageOptions>>(),
            services.GetServices<IPostConfigureOptions<IsarStorageOptions>>(),
            services.GetServices<IValidateOptions<IsarStorageOptions>>()).Create(Options.DefaultName), LazyThreadSafetyMode.PublicationOnly);

        public IsarStorageOptions Value => _value.Value;
    }

    private sealed class Builder(IServiceCollection services) : IIsarStorageBuilder
    {
        public IServiceCollection Services => services;
    }
}
