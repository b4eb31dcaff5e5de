using System.Runtime.Versioning;
using Isar.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

[assembly: SupportedOSPlatform("browser")]

// The ready-made worker, which in directories of this name does without Web Locks and so leaves nothing to others; page/leases.ts asks for it.
await WorkerHost.RunAsync((storage, start) =>
{
    storage.UseOpfs().UseIndexedDb();
    if (start.Directory?.EndsWith("/without-leases", StringComparison.Ordinal) == true)
        storage.Services.RemoveAll<IStorageLocks>();
});
