using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary>Statements, their parameters, and values.</summary>
internal static partial class ProviderInterop
{
    /// <summary>Writes the statement, the bytes consumed, and the number of columns. A negative length means: up to the NUL.</summary>
    [JSImport("sqlite3_prepare", Module)]
    public static partial int Prepare(nint db, nint sql, int length, int flags, nint results);

    /// <summary>Steps and, on a row, writes the row as <see cref="RowBuffer"/> describes; with a capacity of 0 it writes nothing.</summary>
    [JSImport("sqlite3_step", Module)]
    public static partial int Step(nint statement, nint row, int capacity);

    /// <summary>Writes the current row once more.</summary>
    [JSImport("writeRow", Module)]
    public static partial void WriteRow(nint statement, nint row, int capacity);

    [JSImport("sqlite3_reset", Module)]
    public static partial int Reset(nint statement);

    [JSImport("sqlite3_finalize", Module)]
    public static partial int Finalize(nint statement);

    [JSImport("sqlite3_clear_bindings", Module)]
    public static partial int ClearBindings(nint statement);

    [JSImport("sqlite3_db_handle", Module)]
    public static partial nint DbHandle(nint statement);

    [JSImport("sqlite3_next_stmt", Module)]
    public static partial nint NextStatement(nint db, nint statement);

    [JSImport("sqlite3_sql", Module)]
    public static partial nint Sql(nint statement);

    [JSImport("sqlite3_stmt_busy", Module)]
    public static partial int StatementBusy(nint statement);

    [JSImport("sqlite3_stmt_readonly", Module)]
    public static partial int StatementReadonly(nint statement);

    [JSImport("sqlite3_stmt_isexplain", Module)]
    public static partial int StatementIsExplain(nint statement);

    [JSImport("sqlite3_stmt_status", Module)]
    public static partial int StatementStatus(nint statement, int op, int reset);

    [JSImport("sqlite3_bind_null", Module)]
    public static partial int BindNull(nint statement, int index);

    [JSImport("sqlite3_bind_int", Module)]
    public static partial int BindInt(nint statement, int index, int value);

    [JSImport("sqlite3_bind_int64", Module)]
    public static partial int BindInt64(nint statement, int index, [JSMarshalAs<JSType.BigInt>] long value);

    [JSImport("sqlite3_bind_double", Module)]
    public static partial int BindDouble(nint statement, int index, double value);

    /// <summary>Binds NULL for a null text. A negative length means: up to the NUL.</summary>
    [JSImport("sqlite3_bind_text", Module)]
    public static partial int BindText(nint statement, int index, nint text, int length);

    [JSImport("sqlite3_bind_blob", Module)]
    public static partial int BindBlob(nint statement, int index, nint data, int length);

    [JSImport("sqlite3_bind_zeroblob", Module)]
    public static partial int BindZeroBlob(nint statement, int index, int length);

    [JSImport("sqlite3_bind_parameter_count", Module)]
    public static partial int BindParameterCount(nint statement);

    [JSImport("sqlite3_bind_parameter_index", Module)]
    public static partial int BindParameterIndex(nint statement, nint name);

    [JSImport("sqlite3_bind_parameter_name", Module)]
    public static partial nint BindParameterName(nint statement, int index);

    [JSImport("sqlite3_column_count", Module)]
    public static partial int ColumnCount(nint statement);

    [JSImport("sqlite3_column_name", Module)]
    public static partial nint ColumnName(nint statement, int column);

    [JSImport("sqlite3_column_decltype", Module)]
    public static partial nint ColumnDeclType(nint statement, int column);

    [JSImport("sqlite3_column_database_name", Module)]
    public static partial nint ColumnDatabaseName(nint statement, int column);

    [JSImport("sqlite3_column_table_name", Module)]
    public static partial nint ColumnTableName(nint statement, int column);

    [JSImport("sqlite3_column_origin_name", Module)]
    public static partial nint ColumnOriginName(nint statement, int column);

    [JSImport("sqlite3_column_value", Module)]
    public static partial nint ColumnValue(nint statement, int column);

    [JSImport("sqlite3_value_type", Module)]
    public static partial int ValueType(nint value);

    [JSImport("sqlite3_value_blob", Module)]
    public static partial nint ValueBlob(nint value);

    [JSImport("sqlite3_value_int64", Module)]
    [return: JSMarshalAs<JSType.BigInt>]
    public static partial long ValueInt64(nint value);

    [JSImport("sqlite3_value_double", Module)]
    public static partial double ValueDouble(nint value);

    /// <summary>Gets the length of a value as text (1) or as a blob (0), converting it if it is something else.</summary>
    [JSImport("valueLength", Module)]
    public static partial int ValueLength(nint value, int asText);

    [JSImport("copyValue", Module)]
    public static partial void CopyValue(nint value, int asText, nint target);
}
