using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>What <c>host.ts</c> calls for a request; the answer comes through <see cref="HostInterop"/>, now or later.</summary>
internal static partial class HostExports
{
    [JSExport]
    internal static void Open(int id, string name) => WorkerHost.Server.Open(id, name);

    [JSExport]
    internal static void Migrate(int id, string name, string backend) => WorkerHost.Server.Migrate(id, name, backend);

    [JSExport]
    internal static void Export(int id, string name) => WorkerHost.Server.Export(id, name);

    [JSExport]
    internal static void Pull(int id, int stream) => WorkerHost.Server.Pull(id, stream);

    [JSExport]
    internal static void Import(int id, string name, double bytes) => WorkerHost.Server.Import(id, name, bytes);

    [JSExport]
    internal static void Push(int id, int stream, int length) => WorkerHost.Server.Push(id, stream, length);

    [JSExport]
    internal static void FinishImport(int id, int stream) => WorkerHost.Server.FinishImport(id, stream);

    [JSExport]
    internal static void CloseTransfer(int id, int stream) => WorkerHost.Server.CloseTransfer(id, stream);

    [JSExport]
    internal static void Backup(int id, string name, string target) => WorkerHost.Server.Backup(id, name, target);

    [JSExport]
    internal static void Cancel(int id, int request) => WorkerHost.Server.Cancel(id, request);

    [JSExport]
    internal static void Execute(int id, int database) => WorkerHost.Server.Execute(id, database);

    [JSExport]
    internal static void Yield(int id) => WorkerHost.Server.Yield(id);

    [JSExport]
    internal static void SetHidden(int id, bool hidden) => WorkerHost.Server.SetHidden(id, hidden);

    [JSExport]
    internal static void Rollback(int id, int database) => WorkerHost.Server.Rollback(id, database);

    [JSExport]
    internal static void Close(int id, int database) => WorkerHost.Server.Close(id, database);

    [JSExport]
    internal static void Delete(int id, string name) => WorkerHost.Server.Delete(id, name);

    [JSExport]
    internal static void Exists(int id, string name) => WorkerHost.Server.Exists(id, name);

    [JSExport]
    internal static void List(int id) => WorkerHost.Server.List(id);

    [JSExport]
    internal static void Call(int id, string name, string argument) => WorkerHost.Server.Call(id, name, argument);

    [JSExport]
    internal static void Report(int id) => WorkerHost.Server.Report(id);
}
