using Isar.Storage.Backends.Memory;

namespace Isar.Storage;

/// <summary>Adds the memory backend to the builder.</summary>
public static class MemoryBuilderExtensions
{
    /// <summary>
    /// Adds a backend that keeps its files in the memory of this process: shared by name between all connections of the backend, gone when
    /// the services are disposed. For tests, and for data that must not be stored.
    /// </summary>
    /// <param name="builder">What <c>AddIsarStorage</c> returned.</param>
    /// <param name="name">The backend's name. The rules are those of <see cref="BackendRegistration.Name"/>.</param>
    /// <param name="configure">Changes the options; called at once.</param>
    /// <exception cref="ArgumentException">The name is not valid or already taken.</exception>
    public static IIsarStorageBuilder UseMemory(
        this IIsarStorageBuilder builder, string name = "memory", Action<MemoryBackendOptions>? configure = null)
    {
        var options = new MemoryBackendOptions();
        configure?.Invoke(options);
        return builder.AddBackend(name, _ => new MemoryBackend(options), persistent: false);
    }
}
