using System.Reflection;
using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;

namespace Isar.Storage.Cases;

/// <summary>
/// Runs the facts of an assembly inside a worker or page, one after another, and posts what became of each: <c>[class, case, outcome, detail]</c>,
/// and at the end <c>[]</c>. What stands behind # in its address limits it to the classes whose names begin with that, or with one of
/// several that commas separate.
/// </summary>
[SupportedOSPlatform("browser")]
public static partial class CaseRunner
{
    /// <summary>Runs the facts; does not return.</summary>
    public static async Task RunAsync(Assembly assembly)
    {
        string[] prefixes = Prefixes();
        foreach (Type type in assembly.GetExportedTypes().Where(t => !t.IsAbstract && prefixes.Any(t.Name.StartsWith)))
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
            Post([type.Name, test.Name, "passed", await test.RunAsync(() => Activator.CreateInstance(type)!)]);
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
