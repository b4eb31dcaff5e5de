using System.Runtime.Versioning;
using Isar.Storage.Backends.IndexedDb;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Isar.Storage;

/// <summary>Adds the IndexedDB backend.</summary>
public static class IndexedDbBuilderExtensions
{
    /// <summary>
    /// Adds databases in the browser's <see href="https://w3c.github.io/IndexedDB/">IndexedDB</see>, for browsers without a usable origin
    /// private file system; for code that runs in a worker. Also adds the record of where each database lives, which lets the storage
    /// choose among several backends. The option <see cref="IsarStorageOptions.Directory"/> names the IndexedDB database and obeys the
    /// rules of <see cref="StoragePath"/>.
    /// </summary>
    /// <param name="builder">What <c>AddIsarStorage</c> returned.</param>
    /// <param name="name">The backend's name.</param>
    /// <param name="configure">Changes the options; called at once.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    [SupportedOSPlatform("browser")]
    public static IIsarStorageBuilder UseIndexedDb(
        this IIsarStorageBuilder builder, string name = "indexeddb", Action<IndexedDbOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new IndexedDbOptions();
        configure?.Invoke(options);
        options.Validate();
        builder.Services.TryAddSingleton<IStorageHomes>(static services =>
        {
            IsarStorageOptions storage = services.GetRequiredService<IOptions<IsarStorageOptions>>().Value;
            return new IndexedDbHomes(storage.Directory, storage.OpenTimeout);
        });
        return builder.AddBackend(name, context => new IndexedDbBackend(
            context.Directory,
            options,
            context.OpenTimeout,
            context.LoggerFactory.CreateLogger<IndexedDbBackend>()));
    }
}
