using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>The methods that <c>host.ts</c> calls to serve a request; the answer goes through <see cref="HostInterop"/>, now or later.</summary>
internal static partial class HostExports
{
    /// <summary>Serves a statement.</summary>
    [JSExport]
    internal static void Execute(int id, int database) => WorkerHost.Server.Execute(id, database);

    /// <summary>Serves any other request, whose fields are checked.</summary>
    [JSExport]
    internal static void Serve(int id, string method, JSObject request) => WorkerHost.Server.Serve(id, method, request);
}
