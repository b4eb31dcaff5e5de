using System.Runtime.InteropServices.JavaScript;
using Isar.Storage.Conformance;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>
/// Runs the facts of this assembly inside the worker, one after another, and posts what became of each: <c>[class, case, outcome, detail]</c>,
/// and at the end <c>[]</c>. What stands behind # in the worker's address limits it to the classes whose names begin with that, or with one of
/// several that commas separate.
/// </summary>
internal static partial class CaseRunner
{
    public static async Task RunAsync()
    {
        WasmSqliteEngine.Register();
        string[] prefixes = Prefixes();
        foreach (Type type in typeof(CaseRunner).Assembly.GetExportedTypes().Where(t => !t.IsAbstract && prefixes.Any(t.Name.StartsWith)))
        {
            foreach (SuiteCase test in SuiteCase.CasesOf(type))
                await RunAsync(type, test);
        }
        Post([]);
        await new TaskCompletionSource().Task;
    }

    private static async Task RunAsync(Type type, SuiteCase test)
    {
        if (test.Skip is { } reason)
        {
            Post([type.Name, test.Name, "skipped", reason]);
            return;
        }
        try
        {
            await test.RunAsync(() => Activator.CreateInstance(type)!);
            Post([type.Name, test.Name, "passed", ""]);
        }
        catch (Exception e)
        {
            Post([type.Name, test.Name, "failed", e.ToString()]);
        }
    }

    private static string[] Prefixes()
    {
        using JSObject location = JSHost.GlobalThis.GetPropertyAsJSObject("location")!;
        return location.GetPropertyAsString("hash")!.TrimStart('#').Split(',');
    }

    [JSImport("globalThis.postMessage")]
    private static partial void Post(string[] result);
}
