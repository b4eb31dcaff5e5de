using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>The method that <c>locks.ts</c> calls.</summary>
internal static partial class LockExports
{
    /// <summary>Tells that another worker waits for a lock of this one.</summary>
    [JSExport]
    internal static void Wanted(int id) => WebLocks.NotifyWanted(id);
}
