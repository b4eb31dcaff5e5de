using System.Runtime.InteropServices;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>User functions, their arguments and results, and collations. SQLite calls back when it no longer needs one.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    int ISQLite3Provider.sqlite3_create_function(
        sqlite3 db, byte[] name, int nArg, int flags, object v, delegate_function_scalar func)
        => CreateFunction(db, name, nArg, flags, func is null ? null : new UserFunction.Scalar(func, v), isAggregate: 0);

    int ISQLite3Provider.sqlite3_create_function(
        sqlite3 db, byte[] name, int nArg, int flags, object v,
        delegate_function_aggregate_step func_step, delegate_function_aggregate_final func_final)
    {
        UserFunction? function = (func_step, func_final) switch
        {
            (null, null) => null,
            (null, _) => throw new ArgumentNullException(nameof(func_step)),
            (_, null) => throw new ArgumentNullException(nameof(func_final)),
            _ => new UserFunction.Aggregate(func_step, func_final, v),
        };
        return CreateFunction(db, name, nArg, flags, function, isAggregate: 1);
    }

    int ISQLite3Provider.sqlite3_create_collation(sqlite3 db, byte[] name, object v, delegate_collation func)
    {
        nint data = func is null ? 0 : ProviderCallbacks.ToHandle(new Collation(func, v));
        int code;
        fixed (byte* text = name)
            code = ProviderInterop.CreateCollation(HandleOf(db), (nint)text, data);
        // SQLite calls back to free a function that it refuses, but not for a collation.
        if (code != raw.SQLITE_OK && data != 0)
            ProviderCallbacks.Destroy(data);
        return code;
    }

    // A value is the address of its cell, see ProviderCallbacks.
    int ISQLite3Provider.sqlite3_value_type(IntPtr p) => ((Cell*)p)->Type;

    int ISQLite3Provider.sqlite3_value_int(IntPtr p) => (int)((Cell*)p)->GetInt64();

    long ISQLite3Provider.sqlite3_value_int64(IntPtr p) => ((Cell*)p)->GetInt64();

    double ISQLite3Provider.sqlite3_value_double(IntPtr p) => ((Cell*)p)->GetDouble();

    utf8z ISQLite3Provider.sqlite3_value_text(IntPtr p) => ((Cell*)p)->GetText();

    ReadOnlySpan<byte> ISQLite3Provider.sqlite3_value_blob(IntPtr p) => ((Cell*)p)->GetBlob();

    int ISQLite3Provider.sqlite3_value_bytes(IntPtr p) => ((Cell*)p)->GetByteCount();

    void ISQLite3Provider.sqlite3_result_null(IntPtr context) => ProviderInterop.ResultNull(context);

    void ISQLite3Provider.sqlite3_result_int(IntPtr context, int val) => ProviderInterop.ResultInt(context, val);

    void ISQLite3Provider.sqlite3_result_int64(IntPtr context, long val) => ProviderInterop.ResultInt64(context, val);

    void ISQLite3Provider.sqlite3_result_double(IntPtr context, double val) => ProviderInterop.ResultDouble(context, val);

    void ISQLite3Provider.sqlite3_result_text(IntPtr context, ReadOnlySpan<byte> val)
    {
        fixed (byte* text = &MemoryMarshal.GetReference(val))
            ProviderInterop.ResultText(context, (nint)text, val.Length);
    }

    void ISQLite3Provider.sqlite3_result_text(IntPtr context, utf8z val)
    {
        fixed (byte* text = val)
            ProviderInterop.ResultText(context, (nint)text, -1);
    }

    void ISQLite3Provider.sqlite3_result_blob(IntPtr context, ReadOnlySpan<byte> val)
    {
        fixed (byte* data = &MemoryMarshal.GetReference(val))
            ProviderInterop.ResultBlob(context, (nint)data, val.Length);
    }

    void ISQLite3Provider.sqlite3_result_zeroblob(IntPtr context, int n) => ProviderInterop.ResultZeroBlob(context, n);

    void ISQLite3Provider.sqlite3_result_error(IntPtr context, ReadOnlySpan<byte> strErr)
    {
        fixed (byte* text = strErr)
            ProviderInterop.ResultError(context, (nint)text, strErr.Length);
    }

    void ISQLite3Provider.sqlite3_result_error(IntPtr context, utf8z strErr)
    {
        fixed (byte* text = strErr)
            ProviderInterop.ResultError(context, (nint)text, -1);
    }

    void ISQLite3Provider.sqlite3_result_error_code(IntPtr context, int code) => ProviderInterop.ResultErrorCode(context, code);

    void ISQLite3Provider.sqlite3_result_error_nomem(IntPtr context) => ProviderInterop.ResultErrorNoMemory(context);

    void ISQLite3Provider.sqlite3_result_error_toobig(IntPtr context) => ProviderInterop.ResultErrorTooBig(context);

    private static int CreateFunction(sqlite3 db, byte[] name, int arity, int flags, UserFunction? function, int isAggregate)
    {
        nint data = function is null ? 0 : ProviderCallbacks.ToHandle(function);
        fixed (byte* text = name)
            return ProviderInterop.CreateFunction(HandleOf(db), (nint)text, arity, flags, data, isAggregate);
    }
}
