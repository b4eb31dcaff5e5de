using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>What SQLite calls back about.</summary>
public sealed class ProviderHookTests : IDisposable
{
    private readonly ProviderDatabase _db = new();
    private readonly List<string> _calls = [];

    public ProviderHookTests() => _db.Execute("CREATE TABLE h(id INTEGER PRIMARY KEY, v)");

    public void Dispose() => _db.Dispose();

    [Fact]
    public void Commit_and_rollback_hooks_are_called_and_removed()
    {
        raw.sqlite3_commit_hook(_db.Handle, data => Note($"commit {data}", 0), "data");
        raw.sqlite3_rollback_hook(_db.Handle, data => Note($"rollback {data}", 0), "more data");
        _db.Execute("INSERT INTO h VALUES(1, 1)");
        _db.Execute("BEGIN; INSERT INTO h VALUES(2, 2); ROLLBACK");
        raw.sqlite3_commit_hook(_db.Handle, null, null);
        raw.sqlite3_rollback_hook(_db.Handle, null, null);
        _db.Execute("INSERT INTO h VALUES(3, 3)");
        Assert.Equal(["commit data", "rollback more data"], _calls);
    }

    [Fact]
    public void A_commit_hook_can_refuse()
    {
        raw.sqlite3_commit_hook(_db.Handle, _ => 1, null);
        var error = Assert.Throws<SqliteException>(() => _db.Execute("INSERT INTO h VALUES(1, 1)"));
        Assert.Equal(531, error.SqliteExtendedErrorCode);
        raw.sqlite3_commit_hook(_db.Handle, null, null);
        Assert.Equal(0L, _db.Scalar("SELECT count(*) FROM h"));
    }

    [Fact]
    public void The_update_hook_tells_every_change()
    {
        raw.sqlite3_update_hook(
            _db.Handle, (strdelegate_update)((data, type, db, table, rowid) => Note($"{data} {type} {db}.{table} {rowid}", 0)), "u");
        _db.Execute("INSERT INTO h VALUES(-9223372036854775808, 1), (9007199254740993, 2)");
        _db.Execute("UPDATE h SET v = 3 WHERE id > 0; DELETE FROM h WHERE id > 0");
        Assert.Equal(
            [
                "u 18 main.h -9223372036854775808", "u 18 main.h 9007199254740993", "u 23 main.h 9007199254740993",
                "u 9 main.h 9007199254740993",
            ], _calls);
    }

    [Fact]
    public void The_progress_handler_can_interrupt()
    {
        int left = 10;
        raw.sqlite3_progress_handler(_db.Handle, 100, _ => left-- == 0 ? 1 : 0, null);
        const string endless = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        Assert.Equal(raw.SQLITE_INTERRUPT, Assert.Throws<SqliteException>(() => _db.Scalar(endless)).SqliteErrorCode);
        raw.sqlite3_progress_handler(_db.Handle, 0, null, null);

        raw.sqlite3_create_function(_db.Handle, "stop", 0, null, (_, _, _) => raw.sqlite3_interrupt(_db.Handle));
        Assert.Equal(raw.SQLITE_INTERRUPT, Assert.Throws<SqliteException>(
            () => _db.Scalar(endless.Replace("count(*)", "count(stop())"))).SqliteErrorCode);
    }

    [Fact]
    public void The_authorizer_allows_ignores_and_denies()
    {
        int answer = raw.SQLITE_OK;
        raw.sqlite3_set_authorizer(
            _db.Handle,
            (strdelegate_authorizer)((data, action, first, second, db, trigger) =>
            {
                if (action != raw.SQLITE_READ)
                    return raw.SQLITE_OK;
                Note($"{data} {first}.{second} {db} {trigger ?? "null"}", 0);
                return answer;
            }), "a");
        _db.Execute("INSERT INTO h VALUES(1, 1)");
        Assert.Equal(1L, _db.Scalar("SELECT v FROM h"));
        Assert.Equal("a h.v main null", _calls[^1]);
        answer = raw.SQLITE_IGNORE;
        Assert.Equal(DBNull.Value, _db.Scalar("SELECT v FROM h"));
        answer = raw.SQLITE_DENY;
        Assert.Equal(raw.SQLITE_AUTH, Assert.Throws<SqliteException>(() => _db.Scalar("SELECT v FROM h")).SqliteErrorCode);
        raw.sqlite3_set_authorizer(_db.Handle, (strdelegate_authorizer?)null, null);
        Assert.Equal(1L, _db.Scalar("SELECT v FROM h"));
    }

    [Fact]
    public void Trace_and_profile_see_the_statements()
    {
        var profiled = new List<(string Sql, long Nanoseconds)>();
        raw.sqlite3_trace(_db.Handle, (strdelegate_trace)((data, sql) => Note(sql, 0)), null);
        raw.sqlite3_profile(_db.Handle, (strdelegate_profile)((data, sql, nanoseconds) => profiled.Add((sql, nanoseconds))), null);
        _db.Execute("INSERT INTO h VALUES($1, $2)", 1, "it's");
        Assert.Equal(["INSERT INTO h VALUES(1, 'it''s')"], _calls);
        (string profiledSql, long time) = Assert.Single(profiled);
        Assert.Equal("INSERT INTO h VALUES($1, $2)", profiledSql);
        Assert.InRange(time, 0, 60_000_000_000);

        raw.sqlite3_trace(_db.Handle, (strdelegate_trace?)null, null);
        _db.Execute("DELETE FROM h");
        raw.sqlite3_profile(_db.Handle, (strdelegate_profile?)null, null);
        _db.Execute("DELETE FROM h");
        Assert.Single(_calls);
        Assert.Equal(2, profiled.Count);
    }

    [Fact]
    public void A_trigger_is_traced_as_a_comment()
    {
        _db.Execute("CREATE TRIGGER tr AFTER INSERT ON h BEGIN DELETE FROM h WHERE id = -1; END");
        raw.sqlite3_trace(_db.Handle, (strdelegate_trace)((data, sql) => Note(sql, 0)), null);
        _db.Execute("INSERT INTO h VALUES(1, 1)");
        Assert.Contains(_calls, sql => sql.StartsWith("-- ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_log_gets_what_SQLite_and_the_app_write()
    {
        strdelegate_log log = (data, code, message) => Note($"{data} {code} {message}", 0);
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_config_log(log, "log"));
        try
        {
            Assert.Throws<SqliteException>(() => _db.Execute("SELECT * FROM missing"));
            raw.sqlite3_log(7, "from the app");
        }
        finally
        {
            raw.sqlite3_config_log((strdelegate_log?)null, null);
        }
        raw.sqlite3_log(7, "to nobody");
        Assert.Equal(2, _calls.Count);
        Assert.StartsWith("log 1 no such table: missing", _calls[0]);
        Assert.Equal("log 7 from the app", _calls[1]);
    }

    [Fact]
    public void An_exception_in_a_hook_reaches_the_caller_and_SQLite_goes_on()
    {
        raw.sqlite3_update_hook(_db.Handle, (strdelegate_update)((_, _, _, _, _) => throw new InvalidOperationException("update")), null);
        Assert.Equal("update", Assert.Throws<InvalidOperationException>(() => _db.Execute("INSERT INTO h VALUES(1, 1)")).Message);
        raw.sqlite3_update_hook(_db.Handle, (strdelegate_update?)null, null);

        raw.sqlite3_commit_hook(_db.Handle, _ => throw new InvalidOperationException("commit"), null);
        Assert.Equal("commit", Assert.Throws<InvalidOperationException>(() => _db.Execute("INSERT INTO h VALUES(2, 2)")).Message);
        raw.sqlite3_commit_hook(_db.Handle, null, null);

        raw.sqlite3_set_authorizer(
            _db.Handle, (strdelegate_authorizer)((_, _, _, _, _, _) => throw new InvalidOperationException("authorizer")), null);
        Assert.Equal("authorizer", Assert.Throws<InvalidOperationException>(() => _db.Execute("SELECT 1")).Message);
        raw.sqlite3_set_authorizer(_db.Handle, (strdelegate_authorizer?)null, null);

        Assert.Equal(1L, _db.Scalar("SELECT count(*) FROM h"));
    }

    [Fact]
    public void The_rollback_hook_is_still_called_while_the_connection_is_closed()
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(":memory:", out sqlite3 db));
        raw.sqlite3_rollback_hook(db, _ => Note("rollback", 0), null);
        raw.sqlite3_exec(db, "CREATE TABLE t(x); BEGIN; INSERT INTO t VALUES(1)");
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_close_v2(db));
        Assert.Equal(["rollback"], _calls);
    }

    [Fact]
    public void A_connection_that_outlives_its_handle_keeps_its_functions()
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(":memory:", out sqlite3 db));
        raw.sqlite3_create_function(db, "f", 0, null, (context, _, _) => raw.sqlite3_result_int(context, 42));
        raw.sqlite3_progress_handler(db, 1, _ => Note("progress", 0), null);
        raw.sqlite3_prepare_v2(db, "SELECT f()", out sqlite3_stmt statement);
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_close_v2(db));
        GC.Collect();
        Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
        Assert.Equal(42, raw.sqlite3_column_int(statement, 0));
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_finalize(statement));
    }

    private int Note(string call, int result)
    {
        _calls.Add(call);
        return result;
    }
}
