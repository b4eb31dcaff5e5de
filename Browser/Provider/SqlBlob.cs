using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>
/// A blob opened for <see href="https://sqlite.org/c3ref/blob_open.html">incremental I/O</see>. The engine does not export those functions,
/// so a statement that stays on the row reads, and an UPDATE that replaces a part of the value writes.
/// </summary>
/// <remarks>
/// What differs from SQLite's own: the whole value is in memory while it is open; a write touches the whole value (though only its changed
/// pages are written to storage), runs the triggers and constraints of the column, and commits by itself outside a transaction; indexed
/// columns can be written.
/// </remarks>
internal sealed unsafe class SqlBlob
{
    private readonly nint _db;
    private readonly InnerStatement _select;
    private readonly string? _updateSql;
    private InnerStatement? _update;
    private nint _bytes;
    private long _rowId;
    private bool _isText;
    private bool _isStale;
    private bool _isExpired;

    private SqlBlob(nint db, InnerStatement select, string? updateSql)
    {
        _db = db;
        _select = select;
        _updateSql = updateSql;
    }

    /// <summary>Gets the size in bytes, which no write changes.</summary>
    public int Length { get; private set; }

    public static int Open(nint db, string? schema, string table, string column, long rowId, bool isWritable, out SqlBlob? blob)
    {
        blob = null;
        string source = schema is null ? InnerStatement.Quote(table) : $"{InnerStatement.Quote(schema)}.{InnerStatement.Quote(table)}";
        string value = InnerStatement.Quote(column);
        int code = FindRowIdName(db, schema, table, out string rowIdName);
        if (code != raw.SQLITE_OK)
            return code;

        var select = new InnerStatement(db, $"SELECT {value} FROM {source} WHERE {rowIdName} = ?1");
        string bytes = $"CAST({value} AS BLOB)";
        string update = $"""
            UPDATE {source}
            SET {value} = CAST(substr({bytes}, 1, ?2) || ?1 || substr({bytes}, ?2 + length(?1) + 1) AS @type)
            WHERE {rowIdName} = ?3 AND length({bytes}) = ?4
            """;
        var opened = new SqlBlob(db, select, isWritable ? update : null);
        string? fault = null;
        code = select.Code == raw.SQLITE_OK ? opened.Seek(rowId, out fault) : select.Code;
        if (code == raw.SQLITE_OK)
        {
            blob = opened;
            return code;
        }
        // The statement is closed first, because that sets the connection's error anew.
        select.Dispose();
        return fault is null ? code : WasmSqliteProvider.SetError(db, code, fault);
    }

    /// <summary>Moves to another row of the same table; when that fails, nothing more can be done with this blob.</summary>
    public int Reopen(long rowId)
    {
        if (_isExpired)
            return raw.SQLITE_ABORT;
        int code = Seek(rowId, out string? fault);
        _isExpired = code != raw.SQLITE_OK;
        return fault is null ? code : WasmSqliteProvider.SetError(_db, code, fault);
    }

    public int Read(Span<byte> target, int offset)
    {
        int code = Check(target.Length, offset);
        if (code == raw.SQLITE_OK && _isStale)
            code = Refresh();
        if (code != raw.SQLITE_OK || target.IsEmpty)
            return code;
        fixed (byte* start = target)
            ProviderInterop.CopyBytes(_bytes + offset, (nint)start, target.Length);
        return raw.SQLITE_OK;
    }

    public int Write(ReadOnlySpan<byte> source, int offset)
    {
        int code = Check(source.Length, offset);
        if (code != raw.SQLITE_OK)
            return code;
        if (_updateSql is null)
            return WasmSqliteProvider.SetError(_db, raw.SQLITE_READONLY, "the blob is open for reading only");
        _update ??= new InnerStatement(_db, _updateSql.Replace("@type", _isText ? "TEXT" : "BLOB", StringComparison.Ordinal));
        if (_update.Code != raw.SQLITE_OK)
            return _update.Code;
        code = _update.Bind(1, source);
        if (code != raw.SQLITE_OK)
            return code;
        _update.Bind(2, offset);
        _update.Bind(3, _rowId);
        _update.Bind(4, Length);
        code = RunUpdate(_update);
        if (code != raw.SQLITE_OK)
            return code;
        _isStale = true;
        if (ProviderInterop.Changes(_db) > 0)
            return raw.SQLITE_OK;
        _isExpired = true;
        return raw.SQLITE_ABORT;
    }

    public int Close()
    {
        _update?.Dispose();
        return _select.Close();
    }

    /// <summary>Finds a name of the rowid that no column of the table hides.</summary>
    private static int FindRowIdName(nint db, string? schema, string table, out string name)
    {
        using var statement = new InnerStatement(db, """
            SELECT count(*) FILTER (WHERE name = 'rowid' COLLATE NOCASE), count(*) FILTER (WHERE name = '_rowid_' COLLATE NOCASE)
            FROM pragma_table_xinfo(?1, ?2)
            """);
        name = "rowid";
        int code = statement.Code;
        if (code != raw.SQLITE_OK)
            return code;
        statement.Bind(1, table);
        statement.Bind(2, schema);
        code = statement.Step();
        if (code != raw.SQLITE_ROW)
            return code;
        name = statement.GetInt64(0) == 0 ? "rowid" : statement.GetInt64(1) == 0 ? "_rowid_" : "oid";
        return raw.SQLITE_OK;
    }

    private int Check(int length, int offset)
    {
        if (_isExpired)
            return raw.SQLITE_ABORT;
        return offset < 0 || length > Length - offset ? raw.SQLITE_ERROR : raw.SQLITE_OK;
    }

    private int Refresh()
    {
        int length = Length;
        int code = Seek(_rowId, out string? fault);
        if (fault is not null || (code == raw.SQLITE_OK && Length != length))
            code = raw.SQLITE_ABORT;
        _isExpired = code != raw.SQLITE_OK;
        return code;
    }

    /// <summary>Goes to a row. <paramref name="fault"/> says that there is no blob there, which SQLite does not find out.</summary>
    private int Seek(long rowId, out string? fault)
    {
        fault = null;
        _select.Reset();
        _select.Bind(1, rowId);
        int code = _select.Step();
        if (code == raw.SQLITE_DONE)
            fault = $"no such rowid: {rowId}";
        else if (code != raw.SQLITE_ROW)
            return code;
        nint value = _select.GetValue(0);
        fault ??= ProviderInterop.ValueType(value) switch
        {
            raw.SQLITE_INTEGER => "cannot open value of type integer",
            raw.SQLITE_FLOAT => "cannot open value of type real",
            raw.SQLITE_NULL => "cannot open value of type null",
            _ => null,
        };
        if (fault is not null)
            return raw.SQLITE_ERROR;
        bool isText = ProviderInterop.ValueType(value) == raw.SQLITE_TEXT;
        if (isText != _isText)
        {
            _update?.Dispose();
            _update = null;
            _isText = isText;
        }
        Length = ProviderInterop.ValueLength(value, asText: 0);
        _bytes = ProviderInterop.ValueBlob(value);
        _rowId = rowId;
        _isStale = false;
        return raw.SQLITE_OK;
    }

    /// <summary>Runs the UPDATE without the update hook, which SQLite's own incremental write does not call either.</summary>
    private int RunUpdate(InnerStatement update)
    {
        bool isHooked = ProviderCallbacks.Hooks.GetValueOrDefault(_db)?.Update is not null;
        if (isHooked)
            ProviderInterop.UpdateHook(_db, 0);
        update.Step();
        int code = update.Reset();
        if (isHooked)
            ProviderInterop.UpdateHook(_db, 1);
        return code;
    }
}
