using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>Opening, describing and configuring connections.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    int ISQLite3Provider.sqlite3_open(utf8z filename, out IntPtr db)
    {
        int handle = 0;
        int code;
        fixed (byte* name = filename)
            code = ProviderInterop.Open((nint)name, (nint)(&handle));
        db = handle;
        return code;
    }

    int ISQLite3Provider.sqlite3_open_v2(utf8z filename, out IntPtr db, int flags, utf8z vfs)
    {
        int handle = 0;
        int code;
        fixed (byte* vfsName = vfs)
        {
            utf8z opened = vfsName == null ? SharedMemoryDatabase.Map(filename, ref flags) : filename;
            fixed (byte* name = opened)
                code = ProviderInterop.OpenV2((nint)name, flags, (nint)vfsName, (nint)(&handle));
        }
        db = handle;
        return code;
    }

    int ISQLite3Provider.sqlite3_close_v2(IntPtr db)
    {
        // The hooks go last: closing can still roll back.
        int code = ProviderInterop.CloseV2(db);
        ProviderCallbacks.Hooks.Remove(db);
        return code;
    }

    /// <summary>Closes, unless something of the connection is still in use. Checked here, because only <c>sqlite3_close_v2</c> is exported.</summary>
    int ISQLite3Provider.sqlite3_close(IntPtr db)
    {
        if (db == 0 || (ProviderInterop.NextStatement(db, 0) == 0 && !_backups.ContainsValue(db)))
            return ((ISQLite3Provider)this).sqlite3_close_v2(db);
        SetError(db, raw.SQLITE_BUSY, "unable to close due to unfinalized statements or unfinished backups");
        return raw.SQLITE_BUSY;
    }

    void ISQLite3Provider.sqlite3_interrupt(sqlite3 db) => ProviderInterop.Interrupt(HandleOf(db));

    int ISQLite3Provider.sqlite3_busy_timeout(sqlite3 db, int ms) => ProviderInterop.BusyTimeout(HandleOf(db), ms);

    int ISQLite3Provider.sqlite3_extended_result_codes(sqlite3 db, int onoff)
        => ProviderInterop.ExtendedResultCodes(HandleOf(db), onoff);

    int ISQLite3Provider.sqlite3_limit(sqlite3 db, int id, int newVal) => ProviderInterop.Limit(HandleOf(db), id, newVal);

    int ISQLite3Provider.sqlite3_get_autocommit(sqlite3 db) => ProviderInterop.GetAutocommit(HandleOf(db));

    int ISQLite3Provider.sqlite3_changes(sqlite3 db) => ProviderInterop.Changes(HandleOf(db));

    int ISQLite3Provider.sqlite3_total_changes(sqlite3 db) => ProviderInterop.TotalChanges(HandleOf(db));

    long ISQLite3Provider.sqlite3_last_insert_rowid(sqlite3 db) => ProviderInterop.LastInsertRowId(HandleOf(db));

    utf8z ISQLite3Provider.sqlite3_db_filename(sqlite3 db, utf8z att)
    {
        fixed (byte* schema = att)
            return EngineText.Copy(ProviderInterop.DbFilename(HandleOf(db), (nint)schema));
    }

    int ISQLite3Provider.sqlite3_db_readonly(sqlite3 db, utf8z dbName)
    {
        fixed (byte* schema = dbName)
            return ProviderInterop.DbReadonly(HandleOf(db), (nint)schema);
    }

    int ISQLite3Provider.sqlite3_db_status(sqlite3 db, int op, out int current, out int highest, int resetFlg)
    {
        int* results = stackalloc int[2];
        int code = ProviderInterop.DbStatus(HandleOf(db), op, resetFlg, (nint)results);
        current = results[0];
        highest = results[1];
        return code;
    }

    int ISQLite3Provider.sqlite3_db_config(sqlite3 db, int op, utf8z val)
    {
        fixed (byte* text = val)
            return ProviderInterop.DbConfigText(HandleOf(db), op, (nint)text);
    }

    int ISQLite3Provider.sqlite3_db_config(sqlite3 db, int op, int val, out int result)
    {
        int inForce = 0;
        int code = ProviderInterop.DbConfigInt(HandleOf(db), op, val, (nint)(&inForce));
        result = inForce;
        return code;
    }

    int ISQLite3Provider.sqlite3_db_config(sqlite3 db, int op, IntPtr ptr, int int0, int int1)
        => ptr == 0
            ? ProviderInterop.DbConfigLookaside(HandleOf(db), op, int0, int1)
            : throw new NotSupportedException(
                "SQLite runs in its own WebAssembly memory and cannot use a lookaside buffer of .NET's; pass 0, and SQLite allocates one.");

    int ISQLite3Provider.sqlite3_table_column_metadata(
        sqlite3 db, utf8z dbName, utf8z tblName, utf8z colName,
        out utf8z dataType, out utf8z collSeq, out int notNull, out int primaryKey, out int autoInc)
    {
        int* results = stackalloc int[5];
        int code;
        fixed (byte* schema = dbName, table = tblName, column = colName)
            code = ProviderInterop.TableColumnMetadata(HandleOf(db), (nint)schema, (nint)table, (nint)column, (nint)results);
        dataType = EngineText.Copy(results[0]);
        collSeq = EngineText.Copy(results[1]);
        notNull = results[2];
        primaryKey = results[3];
        autoInc = results[4];
        return code;
    }
}
