using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>What <c>host.ts</c> calls for a request; the answer comes through <see cref="HostInterop"/>, now or later.</summary>
internal static partial class HostExports
{
    /// <summary>Serves a statement.</summary>
    [JSExport]
    internal static void Execute(int id, int database) => WorkerHost.Server.Execute(id, database);

    /// <summary>Serves any other request, whose fields are checked.</summary>
    [JSExport]
    internal static void Serve(int id, string method, JSObject request) => WorkerHost.Server.Serve(id, method, request);
}
