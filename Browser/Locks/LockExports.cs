using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>What <c>locks.ts</c> calls.</summary>
internal static partial class LockExports
{
    /// <summary>Tells that somebody else waits for a lock.</summary>
    [JSExport]
    internal static void Wanted(int id) => WebLocks.NotifyWanted(id);
}
