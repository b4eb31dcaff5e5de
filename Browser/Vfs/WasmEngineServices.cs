using Isar.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Isar.Storage.Browser;

/// <summary>Makes the storage of a service collection use this worker's SQLite.</summary>
internal static class WasmEngineServices
{
    public static IServiceCollection AddWasmEngine(this IServiceCollection services)
    {
        WasmSqliteEngine.Register();
        return services.Replace(ServiceDescriptor.Singleton<IVfsBinding, WasmVfsBinding>());
    }
}
