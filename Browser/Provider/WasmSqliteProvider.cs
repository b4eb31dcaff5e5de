using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>
/// SQLitePCLRaw over the SQLite in its own WebAssembly module. Pointers to connections, statements and the like are SQLite's and mean
/// nothing to .NET; whatever a caller reads or writes through a pointer (<see cref="ISQLite3Provider.sqlite3_malloc"/>, serialized
/// databases) is .NET's memory. For one thread, the worker's.
/// </summary>
internal sealed unsafe partial class WasmSqliteProvider : ISQLite3Provider
{
    private delegate_log? _log;
    private object? _logData;

    /// <summary>
    /// Answers as the plain native build does. By this name Microsoft.Data.Sqlite refuses a password; to a name that it does not know it
    /// would hand the password over and then store everything unencrypted.
    /// </summary>
    string ISQLite3Provider.GetNativeLibraryName() => "e_sqlite3";

    utf8z ISQLite3Provider.sqlite3_libversion() => EngineText.Copy(ProviderInterop.LibVersion());

    int ISQLite3Provider.sqlite3_libversion_number() => ProviderInterop.LibVersionNumber();

    utf8z ISQLite3Provider.sqlite3_sourceid() => EngineText.Copy(ProviderInterop.SourceId());

    /// <summary>The engine is built for one thread; the function itself is not exported.</summary>
    int ISQLite3Provider.sqlite3_threadsafe() => 0;

    int ISQLite3Provider.sqlite3_initialize() => ProviderInterop.Initialize();

    int ISQLite3Provider.sqlite3_config(int op) => ProviderInterop.Config(op, 0);

    int ISQLite3Provider.sqlite3_config(int op, int val) => ProviderInterop.Config(op, val);

    int ISQLite3Provider.sqlite3_config_log(delegate_log func, object v)
    {
        _log = func;
        _logData = v;
        ProviderCallbacks.LogHook = func is null ? null : (code, message) => func(v, code, EngineText.Copy(message));
        return ProviderInterop.ConfigLog(func is null ? 0 : 1);
    }

    /// <summary>Goes to the log directly: SQLite would do no more than hand it on, and does not export the function.</summary>
    void ISQLite3Provider.sqlite3_log(int errcode, utf8z s) => _log?.Invoke(_logData!, errcode, s);

    utf8z ISQLite3Provider.sqlite3_compileoption_get(int n) => EngineText.Copy(ProviderInterop.CompileOptionGet(n));

    int ISQLite3Provider.sqlite3_compileoption_used(utf8z sql)
    {
        fixed (byte* name = sql)
            return ProviderInterop.CompileOptionUsed((nint)name);
    }

    int ISQLite3Provider.sqlite3_complete(utf8z sql)
    {
        fixed (byte* text = sql)
            return ProviderInterop.Complete((nint)text);
    }

    int ISQLite3Provider.sqlite3_keyword_count() => ProviderInterop.KeywordCount();

    int ISQLite3Provider.sqlite3_keyword_name(int i, out string name)
    {
        int* results = stackalloc int[2];
        int code = ProviderInterop.KeywordName(i, (nint)results);
        name = code == raw.SQLITE_OK ? Encoding.UTF8.GetString(EngineText.CopyBytes(results[0], results[1])) : "";
        return code;
    }

    int ISQLite3Provider.sqlite3_stricmp(IntPtr p, IntPtr q) => AsciiCompare((byte*)p, (byte*)q, int.MaxValue);

    int ISQLite3Provider.sqlite3_strnicmp(IntPtr p, IntPtr q, int n) => AsciiCompare((byte*)p, (byte*)q, n);

    int ISQLite3Provider.sqlite3__vfs__delete(utf8z vfs, utf8z pathname, int syncDir)
    {
        fixed (byte* name = vfs, path = pathname)
            return ProviderInterop.VfsDelete((nint)name, (nint)path);
    }

    /// <summary>Compares as SQLite does, ignoring case in ASCII only. The texts are in .NET's memory, so .NET compares them.</summary>
    private static int AsciiCompare(byte* left, byte* right, int count)
    {
        if (left == null || right == null)
            return left == right ? 0 : left == null ? -1 : 1;
        for (; count > 0; count--, left++, right++)
        {
            int difference = ToLower(*left) - ToLower(*right);
            if (difference != 0 || *left == 0)
                return difference;
        }
        return 0;
    }

    private static byte ToLower(byte c) => c is >= (byte)'A' and <= (byte)'Z' ? (byte)(c | 0x20) : c;

    private static nint HandleOf(SafeHandle handle) => handle.DangerousGetHandle();
}
