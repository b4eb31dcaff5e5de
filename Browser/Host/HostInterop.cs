using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>The functions of <c>host.ts</c>. A database is the address of its <c>sqlite3*</c>, an id that of the page's request.</summary>
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

    /// <summary>Runs the statement of a request.</summary>
    /// <returns>A <see cref="StatementOutcome"/>.</returns>
    [JSImport("execute", Module)]
    public static partial int Execute(int id, nint database);

    /// <summary>Gets the names of the databases that are attached to a connection.</summary>
    [JSImport("attached", Module)]
    public static partial string[] GetAttached(nint database);

    /// <summary>Rolls back if a transaction is open.</summary>
    /// <returns>Whether it succeeded; if not, <see cref="CompleteFailed"/> answers with the failure.</returns>
    [JSImport("rollback", Module)]
    public static partial bool Rollback(int id, nint database);

    /// <summary>Ends everything that keeps a lock: rolls back, and closes streams.</summary>
    /// <inheritdoc cref="Rollback"/>
    [JSImport("suspend", Module)]
    public static partial bool Suspend(int id, nint database);

    /// <summary>
    /// Rolls back, closes streams, and lets go of the statements that are kept for a connection; without it SQLite would not close it.
    /// </summary>
    /// <inheritdoc cref="Rollback"/>
    [JSImport("release", Module)]
    public static partial bool Release(int id, nint database);

    /// <summary>Answers with the result that <see cref="Execute"/> has kept, or with null when there is no result.</summary>
    [JSImport("complete", Module)]
    public static partial void Complete(int id);

    /// <summary>Answers with SQLite's error, which <c>host.ts</c> has kept.</summary>
    /// <param name="id">The request.</param>
    /// <param name="cause">The storage's message, when the storage has failed.</param>
    [JSImport("completeFailed", Module)]
    public static partial void CompleteFailed(int id, string? cause);

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

    [JSImport("fail", Module)]
    public static partial void Fail(int id, string kind, int code, int extendedCode, string message);
}
