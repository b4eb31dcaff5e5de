using System.Runtime.Versioning;
using Isar.Storage.Backends.Opfs;

namespace Isar.Storage;

/// <summary>Adds the OPFS backend.</summary>
public static class OpfsBuilderExtensions
{
    /// <summary>
    /// Adds files in the browser's <see href="https://fs.spec.whatwg.org/">origin private file system</see>; for code that runs in a
    /// dedicated worker. The option <see cref="IsarStorageOptions.Directory"/> names a directory in it and obeys the rules of
    /// <see cref="StoragePath"/>.
    /// </summary>
    /// <param name="builder">What <c>AddIsarStorage</c> returned.</param>
    /// <param name="name">The backend's name.</param>
    [SupportedOSPlatform("browser")]
    public static IIsarStorageBuilder UseOpfs(this IIsarStorageBuilder builder, string name = "opfs") =>
        builder.AddBackend(name, static context => new OpfsBackend(context.Directory));
}
