using Isar.Storage.Browser;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage.SharedTests;

/// <summary>The SQLite that the shared tests use here: the WebAssembly module beside .NET.</summary>
internal static class Engine
{
    public static void AddTo(IServiceCollection services) => services.AddWasmEngine();
}
