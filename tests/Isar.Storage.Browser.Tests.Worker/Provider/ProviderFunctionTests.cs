using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>Functions, aggregates and collations written in .NET, called by SQLite.</summary>
public sealed class ProviderFunctionTests : IDisposable
{
    private readonly ProviderDatabase _db = new();

    public void Dispose() => _db.Dispose();

    [Fact]
    public void A_function_gets_and_gives_every_storage_class()
    {
        _db.Connection.CreateFunction("same", (object? value) => value);
        object[] values =
        [
            0L, long.MaxValue, long.MinValue, (1L << 53) + 1, 0.0, double.PositiveInfinity, double.Epsilon, "", "ж\U0001F600",
            new string('ж', 200_000), Array.Empty<byte>(), new byte[] { 0, 255 }, new byte[300_000], DBNull.Value,
        ];
        foreach (object value in values)
            Assert.Equal(value, _db.Scalar("SELECT same($1)", value));
    }

    [Fact]
    public void A_function_can_have_many_arguments()
    {
        _db.Connection.CreateFunction("total", (object?[] values) => values.Sum(v => Convert.ToInt64(v)));
        Assert.Equal(0L, _db.Scalar("SELECT total()"));
        Assert.Equal(499_500L, _db.Scalar($"SELECT total({string.Join(',', Enumerable.Range(0, 1_000))})"));
    }

    [Fact]
    public void Arguments_convert_as_in_SQLite()
    {
        int code = raw.sqlite3_create_function(_db.Handle, "kinds", 1, null, (context, _, args) =>
        {
            sqlite3_value value = args[0];
            raw.sqlite3_result_text(context, string.Join('|', raw.sqlite3_value_type(value), raw.sqlite3_value_int(value),
                raw.sqlite3_value_int64(value), raw.sqlite3_value_double(value), raw.sqlite3_value_text(value).utf8_to_string() ?? "null",
                raw.sqlite3_value_bytes(value), raw.sqlite3_value_blob(value).Length));
        });
        Assert.Equal(raw.SQLITE_OK, code);
        Assert.Equal("1|42|42|42|42|2|2", _db.Scalar("SELECT kinds(42)"));
        Assert.Equal("1|-1|4294967295|4294967295|4294967295|10|10", _db.Scalar("SELECT kinds(4294967295)"));
        Assert.Equal("2|2|2|2.5|2.5|3|3", _db.Scalar("SELECT kinds(2.5)"));
        Assert.Equal("3|12|12|12.5|12.5 apples|11|11", _db.Scalar("SELECT kinds('12.5 apples')"));
        Assert.Equal("4|7|7|7|7|1|1", _db.Scalar("SELECT kinds(x'37')"));
        Assert.Equal("5|0|0|0|null|0|0", _db.Scalar("SELECT kinds(NULL)"));
    }

    [Fact]
    public void Raw_results_of_every_kind_arrive()
    {
        Define("r_null", c => raw.sqlite3_result_null(c));
        Define("r_int", c => raw.sqlite3_result_int(c, int.MinValue));
        Define("r_int64", c => raw.sqlite3_result_int64(c, long.MinValue));
        Define("r_double", c => raw.sqlite3_result_double(c, Math.PI));
        Define("r_text", c => raw.sqlite3_result_text(c, "ж"u8));
        Define("r_empty_text", c => raw.sqlite3_result_text(c, ""u8));
        Define("r_empty_blob", c => raw.sqlite3_result_blob(c, ""u8));
        Define("r_null_blob", c => raw.sqlite3_result_blob(c, default));
        Define("r_zeroblob", c => raw.sqlite3_result_zeroblob(c, 3));
        Define("r_error", c => raw.sqlite3_result_error(c, "my error"u8));
        Define("r_code", c => raw.sqlite3_result_error_code(c, raw.SQLITE_CONSTRAINT));
        Define("r_toobig", c => raw.sqlite3_result_error_toobig(c));
        Define("r_nomem", c => raw.sqlite3_result_error_nomem(c));

        Assert.Equal(DBNull.Value, _db.Scalar("SELECT r_null()"));
        Assert.Equal((long)int.MinValue, _db.Scalar("SELECT r_int()"));
        Assert.Equal(long.MinValue, _db.Scalar("SELECT r_int64()"));
        Assert.Equal(Math.PI, _db.Scalar("SELECT r_double()"));
        Assert.Equal("ж", _db.Scalar("SELECT r_text()"));
        Assert.Equal("", _db.Scalar("SELECT r_empty_text()"));
        Assert.Equal(Array.Empty<byte>(), _db.Scalar("SELECT r_empty_blob()"));
        Assert.Equal(DBNull.Value, _db.Scalar("SELECT r_null_blob()"));
        Assert.Equal(new byte[3], _db.Scalar("SELECT r_zeroblob()"));
        Assert.Contains("my error", Assert.Throws<SqliteException>(() => _db.Scalar("SELECT r_error()")).Message);
        Assert.Equal(19, Assert.Throws<SqliteException>(() => _db.Scalar("SELECT r_code()")).SqliteErrorCode);
        Assert.Equal(18, Assert.Throws<SqliteException>(() => _db.Scalar("SELECT r_toobig()")).SqliteErrorCode);
        Assert.Equal(7, Assert.Throws<SqliteException>(() => _db.Scalar("SELECT r_nomem()")).SqliteErrorCode);

        void Define(string name, Action<sqlite3_context> result)
            => Assert.Equal(raw.SQLITE_OK, raw.sqlite3_create_function(_db.Handle, name, 0, null, (context, _, _) => result(context)));
    }

    [Fact]
    public void An_exception_becomes_an_error_of_the_statement()
    {
        _db.Connection.CreateFunction("fails", int () => throw new InvalidOperationException("out of cheese"));
        _db.Connection.CreateFunction("fails_with_code", int () => throw new SqliteException("chosen", 200));
        raw.sqlite3_create_function(_db.Handle, "raw_fails", 0, null, (_, _, _) => throw new InvalidOperationException("out of ham"));
        Assert.Contains("out of cheese", Assert.Throws<SqliteException>(() => _db.Scalar("SELECT fails()")).Message);
        Assert.Equal(200, Assert.Throws<SqliteException>(() => _db.Scalar("SELECT fails_with_code()")).SqliteErrorCode);
        Assert.Contains("out of ham", Assert.Throws<SqliteException>(() => _db.Scalar("SELECT raw_fails()")).Message);
        Assert.Equal(1L, _db.Scalar("SELECT 1"));
    }

    [Fact]
    public void A_function_can_query_its_own_connection()
    {
        _db.Execute("CREATE TABLE n(id INTEGER PRIMARY KEY, parent INT)");
        _db.Execute("INSERT INTO n VALUES(1, NULL), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5)");
        _db.Connection.CreateFunction("depth", (long id, string name) => name + _db.Scalar(
            "SELECT CASE WHEN parent IS NULL THEN '.' ELSE depth(parent, '<' || parent || '>') END FROM n WHERE id = $1", id));
        Assert.Equal("<5><4><3><2><1>.", _db.Scalar("SELECT depth(5, '<5>')"));
    }

    [Fact]
    public void A_recursion_without_end_is_an_error()
    {
        _db.Connection.CreateFunction("forever", (long level) => (long)_db.Scalar("SELECT forever($1)", level + 1)!);
        Assert.Contains("nested too deeply", Assert.Throws<SqliteException>(() => _db.Scalar("SELECT forever(0)")).Message);
    }

    [Fact]
    public void Functions_are_replaced_and_removed()
    {
        _db.Connection.CreateFunction("f", () => 1L);
        Assert.Equal(1L, _db.Scalar("SELECT f()"));
        _db.Connection.CreateFunction("f", () => 2L);
        Assert.Equal(2L, _db.Scalar("SELECT f()"));
        _db.Connection.CreateFunction("f", (Func<long>?)null);
        Assert.Throws<SqliteException>(() => _db.Scalar("SELECT f()"));
    }

    [Fact]
    public void Aggregates_keep_a_state_per_group()
    {
        _db.Execute("CREATE TABLE g(k, v); INSERT INTO g VALUES('a', 1), ('b', 10), ('a', 2), ('b', 20), ('a', 3)");
        _db.Connection.CreateAggregate("joined", "", (string state, long v) => $"{state}{v};");
        Assert.Equal(
            "a=1;2;3;,b=10;20;", _db.Scalar("SELECT group_concat(k || '=' || j) FROM (SELECT k, joined(v) AS j FROM g GROUP BY k)"));
        Assert.Equal("", _db.Scalar("SELECT joined(v) FROM g WHERE 0"));
    }

    [Fact]
    public void An_exception_in_an_aggregate_becomes_an_error_of_the_statement()
    {
        _db.Execute("CREATE TABLE g(v); INSERT INTO g VALUES(1), (2)");
        int finals = 0;
        raw.sqlite3_create_function(
            _db.Handle, "bad_step", 1, null, (_, _, _) => throw new InvalidOperationException("no step"), (_, _) => finals++);
        raw.sqlite3_create_function(
            _db.Handle, "bad_final", 1, null, (_, _, _) => { }, (_, _) => throw new InvalidOperationException("no end"));
        Assert.Contains("no step", Assert.Throws<SqliteException>(() => _db.Scalar("SELECT bad_step(v) FROM g")).Message);
        Assert.Contains("no end", Assert.Throws<SqliteException>(() => _db.Scalar("SELECT bad_final(v) FROM g")).Message);
        Assert.Equal(1, finals);
    }

    [Fact]
    public void Raw_aggregates_keep_their_context()
    {
        object data = new();
        raw.sqlite3_create_function(
            _db.Handle, "product", 1, data,
            (context, given, args) =>
            {
                Assert.Same(data, given);
                context.state = (context.state as long? ?? 1) * raw.sqlite3_value_int64(args[0]);
            },
            (context, given) =>
            {
                Assert.Same(data, raw.sqlite3_user_data(context));
                Assert.Same(data, given);
                raw.sqlite3_result_int64(context, context.state as long? ?? -1);
            });
        Assert.Equal(24L, _db.Scalar("SELECT product(column1) FROM (VALUES(2), (3), (4))"));
        Assert.Equal(-1L, _db.Scalar("SELECT product(1) WHERE 0"));
    }

    [Fact]
    public void Collations_order_short_and_long_texts()
    {
        _db.Connection.CreateCollation("reversed", (a, b) => string.CompareOrdinal(b, a));
        _db.Execute("CREATE TABLE c(v TEXT COLLATE reversed); INSERT INTO c VALUES('a'), ('c'), (''), ('ж'), ('b')");
        Assert.Equal("ж,c,b,a,", _db.Scalar("SELECT group_concat(v) FROM (SELECT v FROM c ORDER BY v)"));

        string low = new string('x', 80_000) + "a";
        string high = new string('x', 80_000) + "b";
        _db.Execute("INSERT INTO c VALUES($1), ($2)", low, high);
        Assert.Equal(1L, _db.Scalar("SELECT $1 < $2 COLLATE reversed", high, low));

        _db.Connection.CreateCollation("reversed", null);
        Assert.Contains(
            "no such collation sequence: reversed", Assert.Throws<SqliteException>(() => _db.Scalar("SELECT v FROM c ORDER BY v")).Message);
    }

    [Fact]
    public void An_exception_in_a_collation_reaches_the_caller()
    {
        _db.Connection.CreateCollation("broken", (_, _) => throw new InvalidOperationException("cannot compare"));
        var error = Assert.Throws<InvalidOperationException>(
            () => _db.Scalar("SELECT column1 FROM (VALUES('a'), ('b'), ('c')) ORDER BY column1 COLLATE broken"));
        Assert.Equal("cannot compare", error.Message);
        Assert.Equal(1L, _db.Scalar("SELECT 1"));
    }

    [Fact]
    public void Sqlite_lets_go_of_functions_when_the_connection_is_closed()
    {
        WeakReference state = OpenAndClose();
        for (int i = 0; i < 10 && state.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(state.IsAlive);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference OpenAndClose()
        {
            object data = new();
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(":memory:", out sqlite3 db));
            raw.sqlite3_create_function(db, "f", 0, data, (_, _, _) => { });
            raw.sqlite3_create_collation(db, "c", data, (_, _, _) => 0);
            raw.sqlite3_close_v2(db);
            return new WeakReference(data);
        }
    }
}
