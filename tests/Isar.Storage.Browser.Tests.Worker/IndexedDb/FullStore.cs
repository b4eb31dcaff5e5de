using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser.Tests.Worker.IndexedDb;

/// <summary>Makes IndexedDB refuse to store values, as it does when no space is left.</summary>
internal static partial class FullStore
{
    public static void Begin() => Evaluate("""
        IDBObjectStore.prototype.realPut ??= IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function () { throw new DOMException('No space is left.', 'QuotaExceededError'); };
        undefined;
        """);

    public static void End() => Evaluate("IDBObjectStore.prototype.put = IDBObjectStore.prototype.realPut; undefined;");

    [JSImport("globalThis.eval")]
    private static partial void Evaluate(string script);
}
