using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>Functions, collations and hooks, and the results of functions.</summary>
internal static partial class ProviderInterop
{
    /// <summary>Sets, once and for good, the memory for the arguments of functions and collations.</summary>
    [JSImport("setArgumentArea", Module)]
    public static partial void SetArgumentArea(nint area, int length);

    /// <summary>Takes over <paramref name="data"/>, also when it fails; 0 removes the function.</summary>
    [JSImport("sqlite3_create_function", Module)]
    public static partial int CreateFunction(nint db, nint name, int arity, int flags, nint data, int isAggregate);

    /// <summary>Takes over <paramref name="data"/> when it succeeds; 0 removes the collation.</summary>
    [JSImport("sqlite3_create_collation", Module)]
    public static partial int CreateCollation(nint db, nint name, nint data);

    /// <summary>
    /// Runs SQL and writes the pointer of the error message, which the caller frees. <paramref name="data"/> is 0 when rows are not wanted.
    /// </summary>
    [JSImport("sqlite3_exec", Module)]
    public static partial int Exec(nint db, nint sql, nint data, nint results);

    [JSImport("sqlite3_commit_hook", Module)]
    public static partial void CommitHook(nint db, int on);

    [JSImport("sqlite3_rollback_hook", Module)]
    public static partial void RollbackHook(nint db, int on);

    [JSImport("sqlite3_update_hook", Module)]
    public static partial void UpdateHook(nint db, int on);

    [JSImport("sqlite3_progress_handler", Module)]
    public static partial void ProgressHandler(nint db, int instructions, int on);

    [JSImport("sqlite3_set_authorizer", Module)]
    public static partial int SetAuthorizer(nint db, int on);

    [JSImport("sqlite3_trace_v2", Module)]
    public static partial int TraceV2(nint db, int mask);

    [JSImport("sqlite3_result_null", Module)]
    public static partial void ResultNull(nint context);

    [JSImport("sqlite3_result_int", Module)]
    public static partial void ResultInt(nint context, int value);

    [JSImport("sqlite3_result_int64", Module)]
    public static partial void ResultInt64(nint context, [JSMarshalAs<JSType.BigInt>] long value);

    [JSImport("sqlite3_result_double", Module)]
    public static partial void ResultDouble(nint context, double value);

    /// <summary>Gives NULL for a null text. A negative length means: up to the NUL.</summary>
    [JSImport("sqlite3_result_text", Module)]
    public static partial void ResultText(nint context, nint text, int length);

    /// <summary>Gives NULL for null data.</summary>
    [JSImport("sqlite3_result_blob", Module)]
    public static partial void ResultBlob(nint context, nint data, int length);

    [JSImport("sqlite3_result_zeroblob", Module)]
    public static partial void ResultZeroBlob(nint context, int length);

    /// <summary>Gives an error. A negative length means: up to the NUL.</summary>
    [JSImport("sqlite3_result_error", Module)]
    public static partial void ResultError(nint context, nint message, int length);

    [JSImport("sqlite3_result_error_code", Module)]
    public static partial void ResultErrorCode(nint context, int code);

    [JSImport("sqlite3_result_error_nomem", Module)]
    public static partial void ResultErrorNoMemory(nint context);

    [JSImport("sqlite3_result_error_toobig", Module)]
    public static partial void ResultErrorTooBig(nint context);
}
