using System.Runtime.Versioning;
using Isar.Storage;

[assembly: SupportedOSPlatform("browser")]

await WorkerHost.RunAsync((storage, _) => storage.UseOpfs().UseIndexedDb()).ConfigureAwait(false);
