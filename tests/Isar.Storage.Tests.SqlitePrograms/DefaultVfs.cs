using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage.Tests.SqlitePrograms;

/// <summary>What <c>Shim/register.c</c> calls in a program of SQLite that has loaded this library.</summary>
internal static class DefaultVfs
{
    /// <summary>
    /// Makes native files in the current directory the default of the process's SQLite, as long as the process lives. An exception ends the process
    /// and is printed.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "isar_storage_register", CallConvs = [typeof(CallConvCdecl)])]
    private static void Register()
    {
        ServiceProvider services = new ServiceCollection()
            .AddIsarStorage(static options =>
            {
                options.Directory = Environment.CurrentDirectory;
                options.UseAsSqliteDefault = true;
            })
            .UseNative().Services.BuildServiceProvider();
        // The first question makes the storage ready, whichever database it is about.
        services.GetRequiredService<IIsarStorage>().GetConnectionString("any.db");
    }
}
