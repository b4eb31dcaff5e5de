using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>The SQLite of this worker: the WebAssembly module beside .NET.</summary>
internal static class WasmSqliteEngine
{
    private static bool _registered;

    /// <summary>
    /// Makes SQLitePCLRaw, and so Microsoft.Data.Sqlite and EF Core, use it. Call it before the first connection and after the imports of
    /// <c>provider.ts</c> are set. Calling it again does nothing.
    /// </summary>
    public static void Register()
    {
        if (_registered)
            return;
        ProviderCallbacks.Initialize();
        raw.SetProvider(new WasmSqliteProvider());
        raw.FreezeProvider();
        _registered = true;
    }
}
