using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>The function of <c>quota.ts</c>.</summary>
internal static partial class QuotaInterop
{
    /// <returns><c>usage</c>, <c>quota</c> and <c>persisted</c>, or <see langword="null"/> where the browser does not say.</returns>
    [JSImport("estimate", "isar-quota")]
    public static partial Task<JSObject?> EstimateAsync();
}
