using SQLitePCL;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>Statements through SQLite's own interface.</summary>
public sealed class ProviderStatementTests : IDisposable
{
    private readonly ProviderDatabase _db = new();

    public void Dispose() => _db.Dispose();

    [Fact]
    public void Compiling_leaves_the_rest_of_the_text()
    {
        Assert.Equal(
            raw.SQLITE_OK, raw.sqlite3_prepare_v2(_db.Handle, "SELECT 1; SELECT 'ж';", out sqlite3_stmt statement, out string tail));
        Assert.Equal(" SELECT 'ж';", tail);
        Assert.Equal("SELECT 1;", raw.sqlite3_sql(statement).utf8_to_string());
        statement.Dispose();

        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v3(_db.Handle, "SELECT 1; SELECT 2", 1, out statement, out tail));
        Assert.Equal(" SELECT 2", tail);
        statement.Dispose();

        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(_db.Handle, "SELECT 1;2"u8, out statement, out ReadOnlySpan<byte> rest));
        Assert.Equal("2"u8.ToArray(), rest.ToArray());
        statement.Dispose();

        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v3(_db.Handle, "SELECT 12"u8[..^1], 0, out statement));
        Assert.Equal("SELECT 1", raw.sqlite3_sql(statement).utf8_to_string());
        statement.Dispose();

        utf8z text = utf8z.FromString("SELECT 1; SELECT 2");
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(_db.Handle, text, out statement, out utf8z left));
        Assert.Equal(" SELECT 2", left.utf8_to_string());
        statement.Dispose();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v3(_db.Handle, left, 0, out statement, out left));
        Assert.Equal((" SELECT 2", ""), (raw.sqlite3_sql(statement).utf8_to_string(), left.utf8_to_string()));
        statement.Dispose();

        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(_db.Handle, "-- nothing", out statement, out tail));
        Assert.True(statement.IsInvalid);
        Assert.Equal("", tail);

        Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_prepare_v2(_db.Handle, "SELEC", out statement));
        Assert.True(statement.IsInvalid);
        Assert.Equal("near \"SELEC\": syntax error", raw.sqlite3_errmsg(_db.Handle).utf8_to_string());
        Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_errcode(_db.Handle));
        Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_extended_errcode(_db.Handle));
    }

    [Fact]
    public void Columns_convert_as_in_SQLite()
    {
        Assert.Equal("1|42|42|42|42|2|2", Describe("42"));
        Assert.Equal("1|-1|4294967295|4294967295|4294967295|10|10", Describe("4294967295"));
        Assert.Equal("2|2|2|2.5|2.5|3|3", Describe("2.5"));
        Assert.Equal("2|-1|9223372036854775807|1E+300|1.0e+300|8|8", Describe("1e300"));
        Assert.Equal("3|12|12|12.5|12.5 apples|11|11", Describe("'12.5 apples'"));
        Assert.Equal("4|7|7|7|7|1|1", Describe("x'37'"));
        Assert.Equal("5|0|0|0|null|0|0", Describe("NULL"));
        Assert.Equal("3|0|0|0||0|0", Describe("''"));
        Assert.Equal("4|0|0|0||0|0", Describe("x''"));

        string Describe(string expression)
        {
            using sqlite3_stmt statement = _db.Prepare($"SELECT {expression}");
            Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
            return string.Join('|', raw.sqlite3_column_type(statement, 0), raw.sqlite3_column_int(statement, 0),
                raw.sqlite3_column_int64(statement, 0),
                raw.sqlite3_column_double(statement, 0).ToString(System.Globalization.CultureInfo.InvariantCulture),
                raw.sqlite3_column_text(statement, 0).utf8_to_string() ?? "null", raw.sqlite3_column_bytes(statement, 0),
                raw.sqlite3_column_blob(statement, 0).Length);
        }
    }

    [Fact]
    public void Texts_and_blobs_stay_as_they_are_until_the_next_step()
    {
        using sqlite3_stmt statement = _db.Prepare("SELECT 'short', x'0102', printf('%.*c', 50000, 'y') UNION ALL SELECT 'other', 1, 2");
        using sqlite3_stmt another = _db.Prepare("SELECT 'overwritten?', 2, 3");
        Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
        utf8z text = raw.sqlite3_column_text(statement, 0);
        ReadOnlySpan<byte> blob = raw.sqlite3_column_blob(statement, 1);
        utf8z longText = raw.sqlite3_column_text(statement, 2);
        Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(another));
        raw.sqlite3_column_text(another, 0);
        raw.sqlite3_column_text(statement, 1);
        GC.Collect();
        Assert.Equal("short", text.utf8_to_string());
        Assert.Equal(new byte[] { 1, 2 }, blob.ToArray());
        Assert.Equal(new string('y', 50_000), longText.utf8_to_string());
    }

    [Fact]
    public void Without_a_row_every_column_is_null()
    {
        using sqlite3_stmt statement = _db.Prepare("SELECT 1");
        Assert.Equal(0, raw.sqlite3_data_count(statement));
        Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
        Assert.Equal(1, raw.sqlite3_data_count(statement));
        Assert.Equal(raw.SQLITE_NULL, raw.sqlite3_column_type(statement, 1));
        Assert.Equal(raw.SQLITE_NULL, raw.sqlite3_column_type(statement, -1));
        Assert.Equal(raw.SQLITE_DONE, raw.sqlite3_step(statement));
        Assert.Equal(0, raw.sqlite3_data_count(statement));
        Assert.Equal(1, raw.sqlite3_column_count(statement));
        Assert.Equal(raw.SQLITE_NULL, raw.sqlite3_column_type(statement, 0));
        Assert.Null(raw.sqlite3_column_text(statement, 0).utf8_to_string());
    }

    [Fact]
    public void Parameters_are_bound_in_every_way()
    {
        using sqlite3_stmt statement = _db.Prepare("SELECT :a, $b, ?3, ?4, ?5, ?6, ?7, ?8, ?9");
        Assert.Equal(9, raw.sqlite3_bind_parameter_count(statement));
        Assert.Equal(2, raw.sqlite3_bind_parameter_index(statement, "$b"));
        Assert.Equal(0, raw.sqlite3_bind_parameter_index(statement, "$c"));
        Assert.Equal(":a", raw.sqlite3_bind_parameter_name(statement, 1).utf8_to_string());
        Assert.Null(raw.sqlite3_bind_parameter_name(statement, 10).utf8_to_string());
        raw.sqlite3_bind_int(statement, 1, -5);
        raw.sqlite3_bind_int64(statement, 2, long.MinValue);
        raw.sqlite3_bind_double(statement, 3, double.NaN);
        raw.sqlite3_bind_text(statement, 4, "ж"u8);
        raw.sqlite3_bind_text(statement, 5, ReadOnlySpan<byte>.Empty);
        raw.sqlite3_bind_text16(statement, 6, "\U0001F600");
        raw.sqlite3_bind_blob(statement, 7, default);
        raw.sqlite3_bind_zeroblob(statement, 8, 4);
        raw.sqlite3_bind_text(statement, 9, (string?)null);
        Assert.Equal(raw.SQLITE_RANGE, raw.sqlite3_bind_int(statement, 10, 1));
        Assert.Equal(raw.SQLITE_RANGE, raw.sqlite3_bind_text(statement, 10, "x"));
        Assert.Equal("-5|-9223372036854775808|null|ж|null|\U0001F600||\0\0\0\0|null", Row());

        raw.sqlite3_reset(statement);
        raw.sqlite3_clear_bindings(statement);
        raw.sqlite3_bind_null(statement, 1);
        raw.sqlite3_bind_text(statement, 2, "");
        raw.sqlite3_bind_text(statement, 3, Array.Empty<byte>());
        raw.sqlite3_bind_text16(statement, 4, "");
        raw.sqlite3_bind_text16(statement, 5, default);
        Assert.Equal("null||||null|null|null|null|null", Row());

        string Row()
        {
            Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
            return string.Join('|', Enumerable.Range(0, 9).Select(i => raw.sqlite3_column_text(statement, i).utf8_to_string() ?? "null"));
        }
    }

    [Fact]
    public void Statements_tell_about_themselves()
    {
        _db.Execute("CREATE TABLE t(x)");
        _db.Handle.enable_sqlite3_next_stmt(true);
        using sqlite3_stmt read = _db.Prepare("SELECT x AS y FROM t");
        using sqlite3_stmt write = _db.Prepare("INSERT INTO t VALUES(1)");
        using sqlite3_stmt explain = _db.Prepare("EXPLAIN QUERY PLAN SELECT 1");
        Assert.Equal((1, 0), (raw.sqlite3_stmt_readonly(read), raw.sqlite3_stmt_readonly(write)));
        Assert.Equal((0, 2), (raw.sqlite3_stmt_isexplain(read), raw.sqlite3_stmt_isexplain(explain)));
        Assert.Equal(0, raw.sqlite3_stmt_busy(explain));
        raw.sqlite3_step(explain);
        Assert.Equal(1, raw.sqlite3_stmt_busy(explain));
        raw.sqlite3_step(read);
        Assert.True(raw.sqlite3_stmt_status(read, raw.SQLITE_STMTSTATUS_VM_STEP, 0) > 0);
        Assert.Equal(
            ("y", "x", "t", "main"),
            (raw.sqlite3_column_name(read, 0).utf8_to_string(), raw.sqlite3_column_origin_name(read, 0).utf8_to_string(),
                raw.sqlite3_column_table_name(read, 0).utf8_to_string(), raw.sqlite3_column_database_name(read, 0).utf8_to_string()));
        Assert.Null(raw.sqlite3_column_decltype(read, 0).utf8_to_string());
        Assert.Same(_db.Handle, raw.sqlite3_db_handle(read));
        Assert.Equal(_db.Handle.DangerousGetHandle(), ProviderRecorder.Provider.sqlite3_db_handle(read.DangerousGetHandle()));

        var open = new List<sqlite3_stmt>();
        for (sqlite3_stmt next = raw.sqlite3_next_stmt(_db.Handle, null!); next is not null; next = raw.sqlite3_next_stmt(_db.Handle, next))
            open.Add(next);
        Assert.Equal([explain, write, read], open);
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_finalize(read));
    }

    [Fact]
    public void Exec_gives_rows_and_errors()
    {
        var rows = new List<string>();
        const string sql = "CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 'ж'), (NULL, x'41'); SELECT * FROM t";
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(_db.Handle, sql, Receive, "data", out string error));
        Assert.Null(error);
        Assert.Equal(["data: a=1 b=ж", "data: a=null b=A"], rows);

        Assert.Equal(raw.SQLITE_ERROR, raw.sqlite3_exec(_db.Handle, "SELECT * FROM missing", out error));
        Assert.Equal("no such table: missing", error);
        Assert.Equal(raw.SQLITE_ABORT, raw.sqlite3_exec(_db.Handle, "SELECT 1", (_, _, _) => 1, null, out _));
        Assert.Throws<InvalidOperationException>(
            () => raw.sqlite3_exec(_db.Handle, "SELECT 1", (_, _, _) => throw new InvalidOperationException(), null, out _));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(_db.Handle, "SELECT 1"));

        int Receive(object data, string[] values, string[] names)
        {
            rows.Add($"{data}: {string.Join(' ', names.Zip(values, (name, value) => $"{name}={value ?? "null"}"))}");
            return 0;
        }
    }
}
