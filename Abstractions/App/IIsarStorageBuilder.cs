using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Isar.Storage;

/// <summary>What <c>AddIsarStorage</c> returns; backend packages add themselves to it.</summary>
public interface IIsarStorageBuilder
{
    /// <summary>Gets the services that are being configured.</summary>
    IServiceCollection Services { get; }
}

/// <summary>A backend that can be chosen, by name.</summary>
/// <param name="Name">Its name: lower-case letters, digits and hyphens, unique among the backends of a service provider.</param>
/// <param name="Create">Makes the backend. Called when it is first used; after a failure, called again at the next use.</param>
/// <param name="Persistent">Whether data outlives the process or page; if not, the backend is chosen only when the options name it.</param>
public sealed record BackendRegistration(string Name, Func<BackendContext, IStorageBackend> Create, bool Persistent);

/// <summary>What a backend is made from.</summary>
/// <param name="Directory">The directory of the options, as the app wrote it; the backend checks it.</param>
/// <param name="Services">The app's services.</param>
/// <param name="LoggerFactory">For the backend's own loggers.</param>
public sealed record BackendContext(string Directory, IServiceProvider Services, ILoggerFactory LoggerFactory)
{
    /// <summary>Gets how long the initialisation may wait for other tabs: <see cref="IsarStorageOptions.OpenTimeout"/>.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>Adds backends to the builder.</summary>
public static class IsarStorageBuilderExtensions
{
    /// <summary>Adds a backend. Backends are tried in the order in which they were added, unless the options name another order.</summary>
    /// <param name="builder">What <c>AddIsarStorage</c> returned.</param>
    /// <param name="name">Its name: lower-case letters, digits and hyphens, unique among the backends of a service provider.</param>
    /// <param name="create">Makes the backend. Called when it is first used; after a failure, called again at the next use.</param>
    /// <param name="persistent">Whether data outlives the process or page; if not, the backend is chosen only when the options name it.</param>
    /// <exception cref="ArgumentException">The name is not valid or already taken.</exception>
    public static IIsarStorageBuilder AddBackend(
        this IIsarStorageBuilder builder, string name, Func<BackendContext, IStorageBackend> create, bool persistent = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(create);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            throw new ArgumentException($"The backend name \"{name}\" may hold only lower-case letters, digits and hyphens.", nameof(name));
        if (builder.Services.Any(s => s.ImplementationInstance is BackendRegistration known && known.Name == name))
            throw new ArgumentException($"A backend named \"{name}\" is already added; give the second one another name.", nameof(name));
        builder.Services.AddSingleton(new BackendRegistration(name, create, persistent));
        return builder;
    }
}
