using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage.SharedTests;

/// <summary>The SQLite that the shared tests use here: the process's own, which is there without being asked for.</summary>
internal static class Engine
{
    public static void AddTo(IServiceCollection services) => ArgumentNullException.ThrowIfNull(services);
}
