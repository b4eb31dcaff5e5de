using System.Text;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>What an app does with Microsoft.Data.Sqlite, over the provider.</summary>
public sealed class ProviderTests : IDisposable
{
    private readonly ProviderDatabase _db = new();

    public void Dispose() => _db.Dispose();

    [Fact]
    public void Every_storage_class_comes_back_as_it_went_in()
    {
        object[] values =
        [
            0L, 1L, -1L, (long)int.MaxValue, (long)int.MinValue, (1L << 53) - 1, (1L << 53) + 1, -(1L << 53) - 1,
            long.MaxValue, long.MinValue, 0.0, -0.5, 1e300, double.Epsilon, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity,
            "", "a", "a\0b", "Grüße, 世界, \U0001F600\U0001F468\u200D\U0001F469", new string('x', 100_000),
            Array.Empty<byte>(), new byte[] { 0 }, new byte[] { 0, 255, 0, 128 }, new byte[100_000], DBNull.Value,
        ];
        foreach (object value in values)
            Assert.Equal(value, _db.Scalar("SELECT $1", value));
    }

    [Fact]
    public void Clr_types_come_back_as_they_went_in()
    {
        var guid = Guid.NewGuid();
        var time = new DateTime(2026, 2, 28, 23, 59, 59, 123);
        var offset = new DateTimeOffset(time, TimeSpan.FromHours(-5));
        using SqliteCommand command = _db.Command(
            "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
            guid, time, offset, 79228162514264337593543950335m, TimeSpan.FromDays(-1.5), true, 'ж', (byte)200, ulong.MaxValue,
            new DateOnly(1, 1, 1));
        using SqliteDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal(guid, reader.GetGuid(0));
        Assert.Equal(time, reader.GetDateTime(1));
        Assert.Equal(offset, reader.GetDateTimeOffset(2));
        Assert.Equal(79228162514264337593543950335m, reader.GetDecimal(3));
        Assert.Equal(TimeSpan.FromDays(-1.5), reader.GetTimeSpan(4));
        Assert.True(reader.GetBoolean(5));
        Assert.Equal('ж', reader.GetFieldValue<char>(6));
        Assert.Equal(200, reader.GetByte(7));
        Assert.Equal(ulong.MaxValue, reader.GetFieldValue<ulong>(8));
        Assert.Equal(new DateOnly(1, 1, 1), reader.GetFieldValue<DateOnly>(9));
    }

    [Fact]
    public void Nan_is_refused_as_a_parameter_and_null_as_a_result()
    {
        Assert.Throws<InvalidOperationException>(() => _db.Scalar("SELECT $1", double.NaN));
        Assert.Equal(DBNull.Value, _db.Scalar("SELECT 1e999 - 1e999"));
    }

    [Fact]
    public void Texts_and_blobs_larger_than_the_memory_at_start_survive()
    {
        byte[] blob = new byte[20 * 1024 * 1024];
        for (int i = 0; i < blob.Length; i += 4093)
            blob[i] = (byte)i;
        string text = string.Concat(Enumerable.Repeat("änderung-\U0001F600-", 1_500_000));
        _db.Execute("CREATE TABLE large(id INTEGER PRIMARY KEY, b BLOB, t TEXT)");
        _db.Execute("INSERT INTO large VALUES(1, $1, $2)", blob, text);

        using SqliteCommand command = _db.Command("SELECT b, t, id FROM large");
        using SqliteDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.True(blob.AsSpan().SequenceEqual((byte[])reader[0]));
        Assert.Equal(text, reader.GetString(1));
        Assert.Equal(1, reader.GetInt32(2));
        Assert.Equal((long)Encoding.UTF8.GetByteCount(text), _db.Scalar("SELECT octet_length(t) FROM large"));
    }

    [Fact]
    public void A_row_with_many_columns_and_texts_of_every_size_is_complete()
    {
        const int columns = 1_500;
        using SqliteCommand command = _db.Command(
            "SELECT " + string.Join(", ", Enumerable.Range(0, columns).Select(i => $"substr(printf('%.*c', {columns}, 'x'), 1, {i})")));
        using SqliteDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal(columns, reader.FieldCount);
        for (int i = 0; i < columns; i++)
            Assert.Equal(i, reader.GetString(i).Length);
    }

    [Fact]
    public void Rows_of_two_open_readers_do_not_mix()
    {
        _db.Execute("CREATE TABLE n(v TEXT); INSERT INTO n VALUES('one'), ('two'), ('three')");
        using SqliteCommand outer = _db.Command("SELECT v FROM n ORDER BY rowid");
        using SqliteCommand inner = _db.Command("SELECT v FROM n ORDER BY rowid DESC");
        using SqliteDataReader first = outer.ExecuteReader();
        using SqliteDataReader second = inner.ExecuteReader();
        var seen = new List<string>();
        while (first.Read() && second.Read())
            seen.Add($"{first.GetString(0)}-{second.GetString(0)}-{first.GetString(0)}");
        Assert.Equal(["one-three-one", "two-two-two", "three-one-three"], seen);
    }

    [Fact]
    public void A_batch_of_statements_gives_its_results_in_turn()
    {
        using SqliteCommand command = _db.Command(
            "CREATE TABLE a(x); INSERT INTO a VALUES($1), (2); SELECT x FROM a; -- a comment\n SELECT count(*) FROM a;", 1);
        using SqliteDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal(1, reader.GetInt32(0));
        Assert.True(reader.NextResult());
        Assert.True(reader.Read());
        Assert.Equal(2, reader.GetInt32(0));
        Assert.False(reader.NextResult());
        Assert.Equal(2, reader.RecordsAffected);
    }

    [Fact]
    public void A_script_of_many_statements_and_one_very_long_one_runs()
    {
        var script = new StringBuilder("CREATE TABLE s(v);");
        for (int i = 0; i < 2_000; i++)
            script.Append($"INSERT INTO s VALUES('{i}; not the end');\n");
        script.Append("INSERT INTO s VALUES").AppendJoin(',', Enumerable.Range(0, 20_000).Select(i => $"('ж{i}')")).Append(';');
        script.Append("INSERT INTO s VALUES('last')");
        _db.Execute(script.ToString());
        Assert.Equal(22_001L, _db.Scalar("SELECT count(*) FROM s"));
        Assert.Equal("ж19999", _db.Scalar("SELECT v FROM s WHERE rowid = 22000"));
    }

    [Fact]
    public void A_syntax_error_late_in_a_long_script_is_that_error()
    {
        string sql = "SELECT " + new string('1', 20_000) + " FROM nowhere WHERE )";
        var error = Assert.Throws<SqliteException>(() => _db.Scalar(sql));
        Assert.Equal(1, error.SqliteErrorCode);
        Assert.Contains("near \")\": syntax error", error.Message);
    }

    [Fact]
    public void Errors_have_their_extended_code_and_message()
    {
        _db.Execute("CREATE TABLE e(id INTEGER PRIMARY KEY, u TEXT UNIQUE, n TEXT NOT NULL DEFAULT '', c INT CHECK(c > 0))");
        _db.Execute("INSERT INTO e(id, u, c) VALUES(1, 'a', 1)");
        Check("INSERT INTO e(id, c) VALUES(1, 1)", 19, 1555, "UNIQUE constraint failed: e.id");
        Check("INSERT INTO e(u, c) VALUES('a', 1)", 19, 2067, "UNIQUE constraint failed: e.u");
        Check("INSERT INTO e(n, c) VALUES(NULL, 1)", 19, 1299, "NOT NULL constraint failed: e.n");
        Check("INSERT INTO e(c) VALUES(0)", 19, 275, "CHECK constraint failed: c > 0");
        Check("SELECT * FROM missing", 1, 1, "no such table: missing");
        Check("SELECT zeroblob(2000000000)", 18, 18, "string or blob too big");

        void Check(string sql, int code, int extendedCode, string message)
        {
            var error = Assert.Throws<SqliteException>(() => _db.Execute(sql));
            Assert.Equal((code, extendedCode), (error.SqliteErrorCode, error.SqliteExtendedErrorCode));
            Assert.Contains(message, error.Message);
        }
    }

    [Fact]
    public void An_unknown_vfs_is_an_error()
    {
        foreach (string vfs in new[] { "no-such-vfs", "kvvfs", "opfs" })
        {
            using var connection = new SqliteConnection($"Data Source=x.db;Vfs={vfs};Pooling=False");
            var error = Assert.Throws<SqliteException>(connection.Open);
            Assert.Contains($"no such vfs: {vfs}", error.Message);
        }
    }

    [Fact]
    public void A_password_is_refused_rather_than_ignored()
    {
        using var connection = new SqliteConnection("Data Source=:memory:;Password=secret");
        Assert.Throws<InvalidOperationException>(connection.Open);
    }

    [Fact]
    public void Transactions_and_savepoints_commit_and_roll_back()
    {
        _db.Execute("CREATE TABLE t(x)");
        using (SqliteTransaction transaction = _db.Connection.BeginTransaction())
        {
            Insert(1, transaction);
            transaction.Save("half");
            Insert(2, transaction);
            transaction.Rollback("half");
            transaction.Commit();
        }
        using (SqliteTransaction transaction = _db.Connection.BeginTransaction(deferred: true))
            Insert(3, transaction);
        Assert.Equal("1", _db.Scalar("SELECT group_concat(x) FROM t"));

        void Insert(int value, SqliteTransaction transaction)
        {
            using SqliteCommand command = _db.Command("INSERT INTO t VALUES($1)", value);
            command.Transaction = transaction;
            Assert.Equal(1, command.ExecuteNonQuery());
        }
    }

    [Fact]
    public void A_prepared_command_runs_again_with_other_parameters()
    {
        _db.Execute("CREATE TABLE p(a INTEGER PRIMARY KEY, b)");
        using SqliteCommand command = _db.Connection.CreateCommand();
        command.CommandText = "INSERT INTO p(b) VALUES(@value) RETURNING a";
        SqliteParameter parameter = command.Parameters.Add("@value", SqliteType.Text);
        command.Prepare();
        for (int i = 1; i <= 100; i++)
        {
            parameter.Value = $"value {i}";
            Assert.Equal((long)i, command.ExecuteScalar());
        }
        Assert.Equal(100L, _db.Scalar("SELECT last_insert_rowid()"));
    }

    [Fact]
    public void A_statement_sees_a_changed_schema()
    {
        _db.Execute("CREATE TABLE c(a); INSERT INTO c VALUES(1)");
        using SqliteCommand command = _db.Command("SELECT * FROM c");
        command.Prepare();
        using (SqliteDataReader before = command.ExecuteReader())
            Assert.Equal(1, before.FieldCount);
        string added = string.Join(';', Enumerable.Range(0, 500).Select(i => $"ALTER TABLE c ADD COLUMN b{i} DEFAULT 'text {i}'"));
        _db.Execute(added);
        using SqliteDataReader after = command.ExecuteReader();
        Assert.True(after.Read());
        Assert.Equal(501, after.FieldCount);
        Assert.Equal("text 499", after.GetString(500));
    }

    [Fact]
    public void The_reader_describes_its_columns()
    {
        _db.Execute("CREATE TABLE d(id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(20) NOT NULL COLLATE NOCASE, amount REAL)");
        using SqliteCommand command = _db.Command("SELECT id, name AS label, amount, 1 + 1 FROM d");
        using SqliteDataReader reader = command.ExecuteReader();
        System.Data.DataTable schema = reader.GetSchemaTable();
        Assert.Equal(["id", "label", "amount", "1 + 1"], Enumerable.Range(0, 4).Select(reader.GetName));
        Assert.Equal("VARCHAR", reader.GetDataTypeName(1));
        Assert.Equal("name", schema.Rows[1]["BaseColumnName"]);
        Assert.Equal("d", schema.Rows[1]["BaseTableName"]);
        Assert.Equal("main", schema.Rows[1]["BaseCatalogName"]);
        Assert.Equal(true, schema.Rows[0]["IsAutoIncrement"]);
        Assert.Equal(true, schema.Rows[3]["IsExpression"]);
    }

    [Fact]
    public void Connections_share_an_in_memory_database_by_name()
    {
        const string shared = "Data Source=shared-by-name;Mode=Memory;Cache=Shared";
        using var first = new ProviderDatabase(shared);
        using var second = new ProviderDatabase(shared);
        using var other = new ProviderDatabase("Data Source=file:other?mode=memory&cache=shared;Pooling=False");
        using var otherAgain = new ProviderDatabase("Data Source=file:other?cache=shared&mode=memory;Pooling=False");
        using var alone = new ProviderDatabase("Data Source=shared-by-name;Mode=Memory");
        first.Execute("CREATE TABLE s(x); INSERT INTO s VALUES(42)");
        other.Execute("CREATE TABLE o(x); INSERT INTO o VALUES(43)");
        Assert.Equal(42L, second.Scalar("SELECT x FROM s"));
        Assert.Equal(43L, otherAgain.Scalar("SELECT x FROM o"));
        Assert.Throws<SqliteException>(() => alone.Scalar("SELECT x FROM s"));
        Assert.Throws<SqliteException>(() => other.Scalar("SELECT x FROM s"));
    }

    [Fact]
    public void Connections_to_one_in_memory_database_lock_each_other_out()
    {
        const string shared = "Data Source=locked-by-name;Mode=Memory;Cache=Shared";
        using var first = new ProviderDatabase(shared);
        using var second = new ProviderDatabase(shared);
        first.Execute("CREATE TABLE s(x)");
        first.Execute("BEGIN IMMEDIATE; INSERT INTO s VALUES(1)");
        int code = SQLitePCL.raw.sqlite3_exec(second.Handle, "INSERT INTO s VALUES(2)");
        Assert.Equal(SQLitePCL.raw.SQLITE_BUSY, code);
        first.Execute("COMMIT");
        second.Execute("INSERT INTO s VALUES(2)");
        Assert.Equal(2L, first.Scalar("SELECT count(*) FROM s"));
    }

    [Fact]
    public void Full_text_search_json_and_window_functions_are_there()
    {
        _db.Execute("CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES('the quick brown fox'), ('lazy dog')");
        Assert.Equal("the quick brown fox", _db.Scalar("SELECT body FROM f WHERE f MATCH 'qui*'"));
        Assert.Equal("b", _db.Scalar("SELECT '{\"a\":[\"b\"]}' ->> '$.a[0]'"));
        Assert.Equal(3L, _db.Scalar("SELECT row_number() OVER () AS r FROM (VALUES(1), (2), (3)) ORDER BY r DESC"));
    }

    [Fact]
    public void A_thousand_connections_leave_nothing_behind()
    {
        long before = SQLitePCL.raw.sqlite3_memory_used();
        for (int i = 0; i < 1_000; i++)
        {
            using var db = new ProviderDatabase();
            db.Connection.CreateFunction("f", () => i);
            Assert.Equal((long)i, db.Scalar("SELECT f()"));
        }
        Assert.Equal(before, SQLitePCL.raw.sqlite3_memory_used());
    }
}
