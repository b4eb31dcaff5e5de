using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Isar.Storage;

/// <summary>Adds the client of a page to an app's services.</summary>
public static class IsarStorageClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IIsarStorageClient"/> and <see cref="IsarProviderFactory"/>, one of each. Nothing is started before the first call. An
    /// app that also renders on a server can add it there too, where every call throws <see cref="PlatformNotSupportedException"/>.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddIsarStorageClient(
        this IServiceCollection services, Action<IsarStorageClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<IsarStorageClientOptions> options = services.AddOptions<IsarStorageClientOptions>();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddSingleton(static provider =>
            new IsarStorageClient(provider.GetRequiredService<IOptions<IsarStorageClientOptions>>().Value));
        services.TryAddSingleton<IIsarStorageClient>(static provider => provider.GetRequiredService<IsarStorageClient>());
        services.TryAddSingleton(static provider => provider.GetRequiredService<IsarStorageClient>().ProviderFactory);
        return services;
    }
}
