using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;
using Isar.Storage.Browser;
using Isar.Storage.Browser.Tests.DataWorker;
using Isar.Storage.Cases;

[assembly: SupportedOSPlatform("browser")]

using (JSObject location = JSHost.GlobalThis.GetPropertyAsJSObject("location")!)
{
    if (location.GetPropertyAsString("hash") == "#handlers")
        await HandlerWorker.RunAsync();
}
WasmSqliteEngine.Register();
await CaseRunner.RunAsync(typeof(Program).Assembly);
