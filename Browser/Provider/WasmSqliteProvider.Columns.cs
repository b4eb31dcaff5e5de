using SQLitePCL;

namespace Isar.Storage.Browser;

/// <summary>The columns of statements and of their current row.</summary>
internal sealed unsafe partial class WasmSqliteProvider
{
    int ISQLite3Provider.sqlite3_column_count(sqlite3_stmt stmt)
        => RowOf(HandleOf(stmt)) is { Count: > 0 } row ? row.Count : ProviderInterop.ColumnCount(HandleOf(stmt));

    int ISQLite3Provider.sqlite3_data_count(sqlite3_stmt stmt) => RowOf(HandleOf(stmt))?.Count ?? 0;

    int ISQLite3Provider.sqlite3_column_type(sqlite3_stmt stmt, int index) => CellOf(stmt, index)->Type;

    int ISQLite3Provider.sqlite3_column_int(sqlite3_stmt stmt, int index) => (int)CellOf(stmt, index)->GetInt64();

    long ISQLite3Provider.sqlite3_column_int64(sqlite3_stmt stmt, int index) => CellOf(stmt, index)->GetInt64();

    double ISQLite3Provider.sqlite3_column_double(sqlite3_stmt stmt, int index) => CellOf(stmt, index)->GetDouble();

    utf8z ISQLite3Provider.sqlite3_column_text(sqlite3_stmt stmt, int index) => CellOf(stmt, index)->GetText();

    ReadOnlySpan<byte> ISQLite3Provider.sqlite3_column_blob(sqlite3_stmt stmt, int index) => CellOf(stmt, index)->GetBlob();

    int ISQLite3Provider.sqlite3_column_bytes(sqlite3_stmt stmt, int index) => CellOf(stmt, index)->GetByteCount();

    utf8z ISQLite3Provider.sqlite3_column_name(sqlite3_stmt stmt, int index)
        => EngineText.Copy(ProviderInterop.ColumnName(HandleOf(stmt), index));

    utf8z ISQLite3Provider.sqlite3_column_decltype(sqlite3_stmt stmt, int index)
        => EngineText.Copy(ProviderInterop.ColumnDeclType(HandleOf(stmt), index));

    utf8z ISQLite3Provider.sqlite3_column_database_name(sqlite3_stmt stmt, int index)
        => EngineText.Copy(ProviderInterop.ColumnDatabaseName(HandleOf(stmt), index));

    utf8z ISQLite3Provider.sqlite3_column_table_name(sqlite3_stmt stmt, int index)
        => EngineText.Copy(ProviderInterop.ColumnTableName(HandleOf(stmt), index));

    utf8z ISQLite3Provider.sqlite3_column_origin_name(sqlite3_stmt stmt, int index)
        => EngineText.Copy(ProviderInterop.ColumnOriginName(HandleOf(stmt), index));

    private Cell* CellOf(sqlite3_stmt stmt, int index)
    {
        RowBuffer? row = RowOf(HandleOf(stmt));
        return row is null ? Cell.Null : row[index];
    }
}
