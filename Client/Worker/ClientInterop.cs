using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;

namespace Isar.Storage.Client;

/// <summary>The functions of <c>dotnetClient.ts</c>. They use memory that is passed to them only until they return.</summary>
[SupportedOSPlatform("browser")]
internal static partial class ClientInterop
{
    public const string Module = "isar-dotnet";

    [JSImport("protocolVersion", Module)]
    public static partial int GetProtocolVersion();

    [JSImport("start", Module)]
    public static partial Task<string> StartAsync(
        string workerUrl,
        string @base,
        string options,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onRestart,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onQuotaNearlyUsed,
        [JSMarshalAs<JSType.Function<JSType.String>>] Action<string> onCommitUndone);

    [JSImport("request", Module)]
    public static partial Task<string> RequestAsync(int connection, int id, string method, string fields);

    /// <remarks>A delegate that is null would arrive as a function that fails, hence the overload.</remarks>
    [JSImport("request", Module)]
    public static partial Task<string> RequestAsync(
        int connection,
        int id,
        string method,
        string fields,
        [JSMarshalAs<JSType.Function<JSType.String, JSType.Number, JSType.Number>>] Action<string, double, double> onProgress);

    /// <summary>Runs statements. The parameters are copied before this returns.</summary>
    /// <returns>How many bytes <see cref="TakeResult"/> then copies, or -1 when <see cref="TakeError"/> has the error.</returns>
    [JSImport("run", Module)]
    public static partial Task<double> RunAsync(
        int id, int database, string sql, bool transaction, double waitMs, [JSMarshalAs<JSType.MemoryView>] ArraySegment<byte> parameters);

    /// <summary>Copies a part of the results of a request. With the last part they are given up.</summary>
    /// <returns>The rows that were changed.</returns>
    [JSImport("takeResult", Module)]
    public static partial double TakeResult(int id, int from, [JSMarshalAs<JSType.MemoryView>] Span<byte> target);

    [JSImport("letOthersRun", Module)]
    public static partial Task LetOthersRunAsync();

    /// <summary>Gets the next part of an export.</summary>
    /// <returns>How many bytes <see cref="TakeChunk"/> then copies, or -1 when <see cref="TakeError"/> has the error.</returns>
    [JSImport("pull", Module)]
    public static partial Task<double> PullAsync(int id, int stream);

    /// <summary>Copies the part of an export that <see cref="PullAsync"/> got into memory as long as that part.</summary>
    /// <returns>Whether this was the last part.</returns>
    [JSImport("takeChunk", Module)]
    public static partial bool TakeChunk(int id, [JSMarshalAs<JSType.MemoryView>] Span<byte> target);

    /// <summary>Sends the next part of an import. The bytes are copied before this returns.</summary>
    [JSImport("push", Module)]
    public static partial Task<string> PushAsync(int id, int stream, [JSMarshalAs<JSType.MemoryView>] ArraySegment<byte> bytes);

    /// <summary>Gets the error of a request as JSON; also drops results for which there is no memory.</summary>
    [JSImport("takeError", Module)]
    public static partial string TakeError(int id);

    [JSImport("cancel", Module)]
    public static partial void Cancel(int id);

    [JSImport("persist", Module)]
    public static partial Task<bool> PersistAsync();

    [JSImport("stop", Module)]
    public static partial void Stop(int connection);
}
