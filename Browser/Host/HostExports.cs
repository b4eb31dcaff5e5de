using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>The methods that <c>host.ts</c> calls to serve a request; the answer goes through <see cref="HostInterop"/>, now or later.</summary>
internal static partial class HostExports
{
    /// <summary>Serves a request that is no statement, whose fields are checked.</summary>
    [JSExport]
    internal static void Serve(int id, string method, JSObject request) => WorkerHost.Server.Serve(id, method, request);

    /// <summary>Closes a connection, of which no statement is left.</summary>
    [JSExport]
    internal static void Close(int id, int database) => WorkerHost.Server.Close(id, database);

    /// <summary>Gives every database up to other tabs as soon as no transaction goes on.</summary>
    [JSExport]
    internal static void Yield() => WorkerHost.Server.Yield();
}
