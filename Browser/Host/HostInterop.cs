using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>The functions of <c>host.ts</c>. An id is that of the page's request.</summary>
internal static partial class HostInterop
{
    private const string Module = "isar-host";

    [JSImport("options", Module)]
    public static partial JSObject GetOptions();

    [JSImport("candidates", Module)]
    public static partial string[]? GetCandidates();

    [JSImport("started", Module)]
    public static partial void Started();

    [JSImport("startFailed", Module)]
    public static partial void StartFailed(string kind, int code, int extendedCode, string message);

    /// <param name="level">The name of the console's method.</param>
    /// <param name="message">The text.</param>
    [JSImport("log", Module)]
    public static partial void Log(string level, string message);

    /// <summary>Opens a connection and runs SQL that sets it up.</summary>
    /// <returns>Its <c>sqlite3*</c>; 0 when that failed, which the next two tell about.</returns>
    [JSImport("openConnection", Module)]
    public static partial nint OpenConnection(string file, string vfs, string sql);

    /// <summary>Gets the extended result code of the last connection that could not be opened.</summary>
    [JSImport("openFailureCode", Module)]
    public static partial int GetOpenFailureCode();

    [JSImport("openFailureMessage", Module)]
    public static partial string GetOpenFailureMessage();

    [JSImport("closeConnection", Module)]
    public static partial void CloseConnection(nint address);

    /// <summary>Answers with the number of a connection that was opened.</summary>
    /// <param name="id">The request.</param>
    /// <param name="database">The number.</param>
    /// <param name="address">The address of the connection's <c>sqlite3*</c>.</param>
    [JSImport("opened", Module)]
    public static partial void CompleteOpened(int id, int database, nint address);

    /// <summary>Takes back what was lent: <see cref="Isar.Storage.Sqlite.LeasePolicy.Recall"/>.</summary>
    [JSImport("recall", Module)]
    public static partial void Recall();

    /// <summary>Runs the statement of a request that has waited.</summary>
    /// <returns>An <see cref="Browser.Attempt"/>.</returns>
    [JSImport("attempt", Module)]
    public static partial int Attempt(int id);

    /// <summary>Gets the names of the databases that were attached when the statement of a request committed.</summary>
    [JSImport("attached", Module)]
    public static partial string[] GetAttached(int id);

    /// <summary>Answers a statement, whose commit is stored.</summary>
    [JSImport("settled", Module)]
    public static partial void Settled(int id);

    /// <summary>Answers with null.</summary>
    [JSImport("complete", Module)]
    public static partial void Complete(int id);

    [JSImport("completeNumber", Module)]
    public static partial void CompleteNumber(int id, int result);

    [JSImport("completeBoolean", Module)]
    public static partial void CompleteBoolean(int id, bool result);

    [JSImport("completeText", Module)]
    public static partial void CompleteText(int id, string result);

    /// <summary>Answers with the value of a JSON text.</summary>
    [JSImport("completeJson", Module)]
    public static partial void CompleteJson(int id, string json);

    /// <summary>Answers with a copy of a part of .NET's memory.</summary>
    [JSImport("completeChunk", Module)]
    public static partial void CompleteChunk(int id, nint address, int length, bool done);

    /// <summary>Copies the bytes of a request into .NET's memory.</summary>
    [JSImport("copyPushed", Module)]
    public static partial void CopyPushed(int id, nint address);

    /// <summary>Answers a request whose bytes were copied, and gives their buffer back.</summary>
    [JSImport("completePushed", Module)]
    public static partial void CompletePushed(int id, double total);

    /// <param name="id">The request.</param>
    /// <param name="stage">The stage by its name in <c>protocol.ts</c>.</param>
    /// <param name="completed">The bytes done.</param>
    /// <param name="total">The bytes of this stage.</param>
    [JSImport("progress", Module)]
    public static partial void SendProgress(int id, string stage, double completed, double total);

    /// <param name="quota">A JSON text.</param>
    [JSImport("quotaNearlyUsed", Module)]
    public static partial void NotifyQuotaNearlyUsed(string quota);

    /// <summary>Tells of a commit that was undone while no request waited for it.</summary>
    [JSImport("commitUndone", Module)]
    public static partial void NotifyCommitUndone(string kind, int code, int extendedCode, string message);

    /// <summary>Answers with an error.</summary>
    /// <param name="id">The request.</param>
    /// <param name="kind">The kind by its name in <c>protocol.ts</c>.</param>
    /// <param name="code">SQLite's primary code.</param>
    /// <param name="extendedCode">SQLite's extended code.</param>
    /// <param name="message">The text.</param>
    /// <param name="inVain">Whether the request has waited for a database until its time was over.</param>
    [JSImport("fail", Module)]
    public static partial void Fail(int id, string kind, int code, int extendedCode, string message, bool inVain);
}
