using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>What this engine cannot do. Asking for it is an error; switching it off is not.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    private const string NoEncryption = "The SQLite engine has no encryption.";
    private const string NoSnapshots = "The SQLite engine is built without SQLITE_ENABLE_SNAPSHOT.";
    private const string NoExtensions = "The SQLite engine cannot load extensions: a WebAssembly module has no native libraries.";

    int ISQLite3Provider.sqlite3_key(sqlite3 db, ReadOnlySpan<byte> key) => throw new NotSupportedException(NoEncryption);

    int ISQLite3Provider.sqlite3_key_v2(sqlite3 db, utf8z dbname, ReadOnlySpan<byte> key) => throw new NotSupportedException(NoEncryption);

    int ISQLite3Provider.sqlite3_rekey(sqlite3 db, ReadOnlySpan<byte> key) => throw new NotSupportedException(NoEncryption);

    int ISQLite3Provider.sqlite3_rekey_v2(sqlite3 db, utf8z dbname, ReadOnlySpan<byte> key)
        => throw new NotSupportedException(NoEncryption);

    int ISQLite3Provider.sqlite3_enable_load_extension(sqlite3 db, int enable)
        => enable == 0 ? raw.SQLITE_OK : throw new NotSupportedException(NoExtensions);

    int ISQLite3Provider.sqlite3_load_extension(sqlite3 db, utf8z zFile, utf8z zProc, out utf8z pzErrMsg)
        => throw new NotSupportedException(NoExtensions);

    int ISQLite3Provider.sqlite3_enable_shared_cache(int enable)
        => enable == 0
            ? raw.SQLITE_OK
            : throw new NotSupportedException("The SQLite engine is built with SQLITE_OMIT_SHARED_CACHE.");

    /// <summary>Always fails: after another start SQLite would make its own VFS the default, which stores nothing.</summary>
    int ISQLite3Provider.sqlite3_shutdown()
        => throw new NotSupportedException("The SQLite engine belongs to the whole worker and is never shut down.");

    int ISQLite3Provider.sqlite3_win32_set_directory(int typ, utf8z path)
        => throw new NotSupportedException("sqlite3_win32_set_directory exists only on Windows.");

    int ISQLite3Provider.sqlite3_snapshot_get(sqlite3 db, utf8z schema, out IntPtr snap) => throw new NotSupportedException(NoSnapshots);

    int ISQLite3Provider.sqlite3_snapshot_open(sqlite3 db, utf8z schema, sqlite3_snapshot snap)
        => throw new NotSupportedException(NoSnapshots);

    int ISQLite3Provider.sqlite3_snapshot_recover(sqlite3 db, utf8z name) => throw new NotSupportedException(NoSnapshots);

    int ISQLite3Provider.sqlite3_snapshot_cmp(sqlite3_snapshot p1, sqlite3_snapshot p2) => throw new NotSupportedException(NoSnapshots);

    void ISQLite3Provider.sqlite3_snapshot_free(IntPtr snap) => throw new NotSupportedException(NoSnapshots);
}
