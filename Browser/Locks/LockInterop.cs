using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>The functions of <c>locks.ts</c>. A lock and the wait for it are known by a number of the caller's choice.</summary>
internal static partial class LockInterop
{
    private const string Module = "isar-locks";

    /// <returns>Whether the lock was free and is now held.</returns>
    [JSImport("tryAcquire", Module)]
    public static partial Task<bool> TryAcquireAsync(int id, string name, bool shared);

    /// <returns>Whether it was granted; <see langword="false"/> when the wait was cancelled.</returns>
    [JSImport("acquire", Module)]
    public static partial Task<bool> AcquireAsync(int id, string name, bool shared);

    [JSImport("cancel", Module)]
    public static partial void Cancel(int id);

    [JSImport("release", Module)]
    public static partial void Release(int id);

    [JSImport("introduce", Module)]
    public static partial void Introduce(string description);

    [JSImport("describeHolder", Module)]
    public static partial Task<string?> DescribeHolderAsync(string name);
}
