using System.Runtime.InteropServices;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>Compiling and running statements.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    private readonly Dictionary<nint, RowBuffer> _rows = [];

    // Nearly every call is about the statement of the call before.
    private nint _lastStatement;
    private RowBuffer? _lastRow;

    int ISQLite3Provider.sqlite3_prepare_v2(sqlite3 db, ReadOnlySpan<byte> sql, out IntPtr stmt, out ReadOnlySpan<byte> remain)
        => Prepare(db, sql, 0, out stmt, out remain);

    int ISQLite3Provider.sqlite3_prepare_v2(sqlite3 db, utf8z sql, out IntPtr stmt, out utf8z remain)
        => Prepare(db, sql, 0, out stmt, out remain);

    int ISQLite3Provider.sqlite3_prepare_v3(sqlite3 db, ReadOnlySpan<byte> sql, uint flags, out IntPtr stmt, out ReadOnlySpan<byte> remain)
        => Prepare(db, sql, flags, out stmt, out remain);

    int ISQLite3Provider.sqlite3_prepare_v3(sqlite3 db, utf8z sql, uint flags, out IntPtr stmt, out utf8z remain)
        => Prepare(db, sql, flags, out stmt, out remain);

    int ISQLite3Provider.sqlite3_step(sqlite3_stmt stmt)
    {
        nint statement = HandleOf(stmt);
        int code = RowOf(statement)?.Step(statement) ?? ProviderInterop.Step(statement, 0, 0);
        ProviderCallbacks.ThrowPending();
        return code;
    }

    int ISQLite3Provider.sqlite3_reset(sqlite3_stmt stmt)
    {
        nint statement = HandleOf(stmt);
        RowOf(statement)?.Clear();
        int code = ProviderInterop.Reset(statement);
        ProviderCallbacks.ThrowPending();
        return code;
    }

    int ISQLite3Provider.sqlite3_finalize(IntPtr stmt)
    {
        if (_rows.Remove(stmt, out RowBuffer? row))
            row.Dispose();
        if (_lastStatement == stmt)
            (_lastStatement, _lastRow) = (0, null);
        return ProviderInterop.Finalize(stmt);
    }

    int ISQLite3Provider.sqlite3_exec(sqlite3 db, utf8z sql, delegate_exec callback, object user_data, out IntPtr errMsg)
    {
        int message = 0;
        int code;
        nint data = callback is null ? 0 : ProviderCallbacks.ToHandle(RowReceiver(callback, user_data));
        fixed (byte* text = sql)
            code = ProviderInterop.Exec(HandleOf(db), (nint)text, data, (nint)(&message));
        if (data != 0)
            ProviderCallbacks.Destroy(data);
        errMsg = EngineText.CopyToNative(message);
        ProviderInterop.Free(message);
        ProviderCallbacks.ThrowPending();
        return code;
    }

    IntPtr ISQLite3Provider.sqlite3_db_handle(IntPtr stmt) => ProviderInterop.DbHandle(stmt);

    IntPtr ISQLite3Provider.sqlite3_next_stmt(sqlite3 db, IntPtr stmt) => ProviderInterop.NextStatement(HandleOf(db), stmt);

    utf8z ISQLite3Provider.sqlite3_sql(sqlite3_stmt stmt) => EngineText.Copy(ProviderInterop.Sql(HandleOf(stmt)));

    int ISQLite3Provider.sqlite3_stmt_busy(sqlite3_stmt stmt) => ProviderInterop.StatementBusy(HandleOf(stmt));

    int ISQLite3Provider.sqlite3_stmt_readonly(sqlite3_stmt stmt) => ProviderInterop.StatementReadonly(HandleOf(stmt));

    int ISQLite3Provider.sqlite3_stmt_isexplain(sqlite3_stmt stmt) => ProviderInterop.StatementIsExplain(HandleOf(stmt));

    int ISQLite3Provider.sqlite3_stmt_status(sqlite3_stmt stmt, int op, int resetFlg)
        => ProviderInterop.StatementStatus(HandleOf(stmt), op, resetFlg);

    private int Prepare(sqlite3 db, ReadOnlySpan<byte> sql, uint flags, out nint statement, out ReadOnlySpan<byte> remain)
    {
        int code;
        int consumed;
        fixed (byte* text = sql)
            code = Prepare(db, text, sql.Length, flags, out statement, out consumed);
        remain = sql[consumed..];
        return code;
    }

    private int Prepare(sqlite3 db, utf8z sql, uint flags, out nint statement, out utf8z remain)
    {
        fixed (byte* text = sql)
        {
            int code = Prepare(db, text, -1, flags, out statement, out int consumed);
            // A copy, because the text is fixed only until this method returns.
            remain = utf8z.FromString(utf8z.FromPtr(text + consumed).utf8_to_string());
            return code;
        }
    }

    private int Prepare(sqlite3 db, byte* sql, int length, uint flags, out nint statement, out int consumed)
    {
        int* results = stackalloc int[3];
        int code = ProviderInterop.Prepare(HandleOf(db), (nint)sql, length, (int)flags, (nint)results);
        if (ProviderCallbacks.HasPending)
            ProviderInterop.Finalize(results[0]);
        ProviderCallbacks.ThrowPending();
        statement = results[0];
        consumed = results[1];
        if (results[2] > 0)
            _rows.Add(statement, new RowBuffer());
        return code;
    }

    /// <summary>Gets the row of a statement; <see langword="null"/> for one that has no columns.</summary>
    private RowBuffer? RowOf(nint statement)
    {
        if (_lastStatement != statement)
            (_lastStatement, _lastRow) = (statement, _rows.GetValueOrDefault(statement));
        return _lastRow;
    }

    private static Func<int, nint, nint, int> RowReceiver(delegate_exec callback, object? userData) => (count, values, names) =>
    {
        nint[] valueTexts = CopyTexts(values, count);
        nint[] nameTexts = CopyTexts(names, count);
        try
        {
            return callback(userData!, valueTexts, nameTexts);
        }
        finally
        {
            foreach (nint text in valueTexts.Concat(nameTexts))
                NativeMemory.Free((void*)text);
        }
    };

    /// <summary>Copies an array of texts, some of which may be NULL.</summary>
    private static nint[] CopyTexts(nint pointers, int count)
    {
        int[] texts = new int[count];
        fixed (int* target = texts)
            ProviderInterop.CopyBytes(pointers, (nint)target, count * sizeof(int));
        return Array.ConvertAll(texts, text => EngineText.CopyToNative(text));
    }
}
