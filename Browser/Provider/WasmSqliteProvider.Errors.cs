using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>Error codes and messages.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    int ISQLite3Provider.sqlite3_errcode(sqlite3 db) => ProviderInterop.ErrCode(HandleOf(db));

    int ISQLite3Provider.sqlite3_extended_errcode(sqlite3 db) => ProviderInterop.ExtendedErrCode(HandleOf(db));

    utf8z ISQLite3Provider.sqlite3_errmsg(sqlite3 db) => EngineText.Copy(ProviderInterop.ErrMsg(HandleOf(db)));

    utf8z ISQLite3Provider.sqlite3_errstr(int rc) => EngineText.Copy(ProviderInterop.ErrStr(rc));

    /// <summary>Makes an error found on this side look like SQLite's own.</summary>
    internal static int SetError(nint db, int code, string message)
    {
        fixed (byte* text = utf8z.FromString(message))
            ProviderInterop.SetErrMsg(db, code, (nint)text);
        return code;
    }
}
