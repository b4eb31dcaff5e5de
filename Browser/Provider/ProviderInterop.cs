using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>
/// The functions of <c>provider.ts</c> that concern SQLite as a whole and its connections. A <c>pointer</c> or handle is an address in
/// SQLite's memory; text, data and results are addresses in .NET's memory, fixed for the duration of the call. Text ends with a NUL.
/// </summary>
internal static partial class ProviderInterop
{
    public const string Module = "isar-provider";

    [JSImport("copyBytes", Module)]
    public static partial void CopyBytes(nint pointer, nint target, int length);

    /// <summary>Copies a text with its NUL if that fits; returns its length without the NUL either way.</summary>
    [JSImport("copyText", Module)]
    public static partial int CopyText(nint pointer, nint target, int capacity);

    [JSImport("sqlite3_free", Module)]
    public static partial void Free(nint pointer);

    [JSImport("sqlite3_initialize", Module)]
    public static partial int Initialize();

    [JSImport("sqlite3_config", Module)]
    public static partial int Config(int op, int value);

    [JSImport("sqlite3_config_log", Module)]
    public static partial int ConfigLog(int on);

    [JSImport("sqlite3_libversion", Module)]
    public static partial nint LibVersion();

    [JSImport("sqlite3_libversion_number", Module)]
    public static partial int LibVersionNumber();

    [JSImport("sqlite3_sourceid", Module)]
    public static partial nint SourceId();

    [JSImport("sqlite3_compileoption_get", Module)]
    public static partial nint CompileOptionGet(int index);

    [JSImport("sqlite3_compileoption_used", Module)]
    public static partial int CompileOptionUsed(nint name);

    [JSImport("sqlite3_complete", Module)]
    public static partial int Complete(nint sql);

    [JSImport("sqlite3_keyword_count", Module)]
    public static partial int KeywordCount();

    /// <summary>Writes the keyword's pointer and its length; it has no NUL.</summary>
    [JSImport("sqlite3_keyword_name", Module)]
    public static partial int KeywordName(int index, nint results);

    /// <summary>Writes the current and the highest value.</summary>
    [JSImport("sqlite3_status", Module)]
    public static partial int Status(int op, int reset, nint results);

    /// <summary>Writes the current and the highest value as 64-bit numbers.</summary>
    [JSImport("sqlite3_status64", Module)]
    public static partial int Status64(int op, int reset, nint results);

    [JSImport("sqlite3__vfs__delete", Module)]
    public static partial int VfsDelete(nint vfs, nint path);

    [JSImport("sqlite3_open", Module)]
    public static partial int Open(nint filename, nint results);

    [JSImport("sqlite3_open_v2", Module)]
    public static partial int OpenV2(nint filename, int flags, nint vfs, nint results);

    [JSImport("sqlite3_close_v2", Module)]
    public static partial int CloseV2(nint db);

    [JSImport("sqlite3_interrupt", Module)]
    public static partial void Interrupt(nint db);

    [JSImport("sqlite3_busy_timeout", Module)]
    public static partial int BusyTimeout(nint db, int milliseconds);

    [JSImport("sqlite3_extended_result_codes", Module)]
    public static partial int ExtendedResultCodes(nint db, int on);

    [JSImport("sqlite3_limit", Module)]
    public static partial int Limit(nint db, int id, int value);

    [JSImport("sqlite3_db_filename", Module)]
    public static partial nint DbFilename(nint db, nint schema);

    [JSImport("sqlite3_db_readonly", Module)]
    public static partial int DbReadonly(nint db, nint schema);

    /// <summary>Writes the current and the highest value.</summary>
    [JSImport("sqlite3_db_status", Module)]
    public static partial int DbStatus(nint db, int op, int reset, nint results);

    [JSImport("sqlite3_db_config_text", Module)]
    public static partial int DbConfigText(nint db, int op, nint text);

    /// <summary>Writes the value that is now in force.</summary>
    [JSImport("sqlite3_db_config_int", Module)]
    public static partial int DbConfigInt(nint db, int op, int value, nint results);

    [JSImport("sqlite3_db_config_lookaside", Module)]
    public static partial int DbConfigLookaside(nint db, int op, int slotSize, int slots);

    [JSImport("sqlite3_get_autocommit", Module)]
    public static partial int GetAutocommit(nint db);

    [JSImport("sqlite3_changes", Module)]
    public static partial int Changes(nint db);

    [JSImport("sqlite3_total_changes", Module)]
    public static partial int TotalChanges(nint db);

    [JSImport("sqlite3_last_insert_rowid", Module)]
    [return: JSMarshalAs<JSType.BigInt>]
    public static partial long LastInsertRowId(nint db);

    /// <summary>Writes the pointers of data type and collation, then the flags not null, primary key, auto-increment.</summary>
    [JSImport("sqlite3_table_column_metadata", Module)]
    public static partial int TableColumnMetadata(nint db, nint schema, nint table, nint column, nint results);

    [JSImport("sqlite3_errcode", Module)]
    public static partial int ErrCode(nint db);

    [JSImport("sqlite3_extended_errcode", Module)]
    public static partial int ExtendedErrCode(nint db);

    [JSImport("sqlite3_errmsg", Module)]
    public static partial nint ErrMsg(nint db);

    [JSImport("sqlite3_errstr", Module)]
    public static partial nint ErrStr(int code);

    [JSImport("sqlite3_set_errmsg", Module)]
    public static partial int SetErrMsg(nint db, int code, nint message);

    /// <summary>Returns the image, which the caller frees, and writes its size as a 64-bit number.</summary>
    [JSImport("sqlite3_serialize", Module)]
    public static partial nint Serialize(nint db, nint schema, int flags, nint results);

    [JSImport("sqlite3_deserialize", Module)]
    public static partial int Deserialize(nint db, nint schema, nint image, double size, double capacity, int flags);

    [JSImport("sqlite3_backup_init", Module)]
    public static partial nint BackupInit(nint target, nint targetSchema, nint source, nint sourceSchema);

    [JSImport("sqlite3_backup_step", Module)]
    public static partial int BackupStep(nint backup, int pages);

    [JSImport("sqlite3_backup_remaining", Module)]
    public static partial int BackupRemaining(nint backup);

    [JSImport("sqlite3_backup_pagecount", Module)]
    public static partial int BackupPageCount(nint backup);

    [JSImport("sqlite3_backup_finish", Module)]
    public static partial int BackupFinish(nint backup);
}
