using System.Data;
using System.Globalization;
using Isar.Storage.Conformance;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.DataAccess;

/// <summary>Microsoft.Data.Sqlite, mostly synchronous, on a connection made from nothing but the connection string.</summary>
public abstract class SqliteSuite(BackendUnderTest underTest) : DataSuite(underTest)
{
    private SqliteConnection? _connection;

    private SqliteConnection Db => _connection ??= Connect();

    public override async Task DisposeAsync()
    {
        _connection?.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public void Values_of_every_type_come_back()
    {
        (object Value, Func<SqliteDataReader, object> Read)[] values =
        [
            (true, reader => reader.GetBoolean(0)),
            ((byte)255, reader => reader.GetByte(0)),
            (short.MinValue, reader => reader.GetInt16(0)),
            (int.MaxValue, reader => reader.GetInt32(0)),
            (long.MinValue, reader => reader.GetInt64(0)),
            (1.5f, reader => reader.GetFloat(0)),
            (double.Epsilon, reader => reader.GetDouble(0)),
            (double.PositiveInfinity, reader => reader.GetDouble(0)),
            (79228162514264337593543950.335m, reader => reader.GetDecimal(0)),
            ("Grüße 🌍", reader => reader.GetString(0)),
            ("", reader => reader.GetString(0)),
            ('ß', reader => reader.GetChar(0)),
            (new byte[] { 0, 1, 255 }, reader => reader.GetFieldValue<byte[]>(0)),
            (Array.Empty<byte>(), reader => reader.GetFieldValue<byte[]>(0)),
            (Guid.Parse("01234567-89ab-cdef-0123-456789abcdef"), reader => reader.GetGuid(0)),
            (new DateTime(2026, 2, 28, 23, 59, 59, 999), reader => reader.GetDateTime(0)),
            (new DateTimeOffset(2026, 2, 28, 1, 2, 3, TimeSpan.FromHours(-5)), reader => reader.GetDateTimeOffset(0)),
            (new DateOnly(2024, 2, 29), reader => reader.GetFieldValue<DateOnly>(0)),
            (new TimeOnly(23, 59, 1, 2), reader => reader.GetFieldValue<TimeOnly>(0)),
            (TimeSpan.FromTicks(-12345678901), reader => reader.GetTimeSpan(0)),
        ];
        Execute("CREATE TABLE t (x)");
        foreach ((object value, Func<SqliteDataReader, object> read) in values)
        {
            Execute("DELETE FROM t");
            Execute("INSERT INTO t VALUES ($1)", value);
            using SqliteDataReader reader = Command("SELECT x, typeof(x) FROM t").ExecuteReader();
            Assert.True(reader.Read());
            Assert.Equal(value, read(reader));
        }
        Assert.Equal(DBNull.Value, Scalar("SELECT $1", DBNull.Value));
    }

    [Fact]
    public void Commands_are_prepared_once_and_run_often()
    {
        Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x REAL)");
        using (SqliteTransaction transaction = Db.BeginTransaction())
        using (SqliteCommand insert = Command("INSERT INTO t (x) VALUES ($x) RETURNING id"))
        {
            insert.Transaction = transaction;
            SqliteParameter parameter = insert.Parameters.Add("$x", SqliteType.Real);
            insert.Prepare();
            for (int i = 1; i <= 1000; i++)
            {
                parameter.Value = i / 4.0;
                Assert.Equal((long)i, insert.ExecuteScalar());
            }
            transaction.Commit();
        }
        Assert.Equal(1000L, Scalar("SELECT count(*) FROM t"));
        Assert.Equal(125125.0, Scalar("SELECT sum(x) FROM t"));
    }

    [Fact]
    public void A_reader_gives_rows_results_and_names()
    {
        Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a'), (2, NULL)");
        using SqliteDataReader reader = Command("SELECT * FROM t ORDER BY id; SELECT 'second' AS x; UPDATE t SET name = 'b'").ExecuteReader();
        Assert.Equal((2, "id", "name", 1), (reader.FieldCount, reader.GetName(0), reader.GetName(1), reader.GetOrdinal("name")));
        Assert.Equal(("INTEGER", typeof(long)), (reader.GetDataTypeName(0), reader.GetFieldType(0)));
        Assert.True(reader.Read());
        Assert.Equal("a", reader["name"]);
        Assert.True(reader.Read());
        Assert.True(reader.IsDBNull(1));
        Assert.Throws<InvalidOperationException>(() => reader.GetString(1));
        Assert.False(reader.Read());
        Assert.True(reader.NextResult());
        Assert.True(reader.Read());
        Assert.Equal("second", reader.GetValue(0));
        Assert.False(reader.NextResult());
        reader.Close();
        Assert.Equal(2, reader.RecordsAffected);
        DataTable schema = Command("SELECT id, name FROM t").ExecuteReader().GetSchemaTable();
        Assert.Equal(2, schema.Rows.Count);
    }

    [Fact]
    public void Transactions_commit_roll_back_and_have_savepoints()
    {
        Execute("CREATE TABLE t (x)");
        using (SqliteTransaction transaction = Db.BeginTransaction())
        {
            Execute("INSERT INTO t VALUES ('kept')");
            transaction.Save("s");
            Execute("INSERT INTO t VALUES ('lost')");
            transaction.Rollback("s");
            transaction.Release("s");
            transaction.Commit();
        }
        using (SqliteTransaction transaction = Db.BeginTransaction(deferred: true))
        {
            Execute("DELETE FROM t");
            transaction.Rollback();
        }
        using (Db.BeginTransaction())
            Execute("INSERT INTO t VALUES ('lost')");
        using SqliteConnection other = Connect();
        using SqliteCommand command = other.CreateCommand();
        command.CommandText = "SELECT group_concat(x) FROM t";
        Assert.Equal("kept", command.ExecuteScalar());
    }

    [Fact]
    public void Errors_have_their_codes_and_leave_what_was_there()
    {
        Execute("CREATE TABLE t (x UNIQUE NOT NULL); INSERT INTO t VALUES (1)");
        SqliteException error = Assert.Throws<SqliteException>(() => Execute("INSERT INTO t VALUES (2), (1)"));
        Assert.Equal((19, 2067), (error.SqliteErrorCode, error.SqliteExtendedErrorCode));
        Assert.Contains("UNIQUE constraint failed: t.x", error.Message, StringComparison.Ordinal);
        Assert.Equal(1299, Assert.Throws<SqliteException>(() => Execute("INSERT INTO t VALUES (NULL)")).SqliteExtendedErrorCode);
        Assert.Equal(1, Assert.Throws<SqliteException>(() => Execute("SELEC")).SqliteErrorCode);
        Assert.Throws<InvalidOperationException>(() => Execute("SELECT $missing"));
        Assert.Equal(1L, Scalar("SELECT count(*) FROM t"));
    }

    [Fact]
    public void Foreign_keys_are_enforced_unless_switched_off()
    {
        Execute("CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (id REFERENCES parent)");
        Assert.Equal(787, Assert.Throws<SqliteException>(() => Execute("INSERT INTO child VALUES (1)")).SqliteExtendedErrorCode);
        using var lax = new SqliteConnection(Storage.GetConnectionString(Database) + ";Foreign Keys=False");
        lax.Open();
        using SqliteCommand command = lax.CreateCommand();
        command.CommandText = "INSERT INTO child VALUES (1)";
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    [Fact]
    public void Functions_aggregates_and_collations_in_csharp()
    {
        Db.CreateFunction("twice", (long x) => x * 2, isDeterministic: true);
        Db.CreateFunction<long>("fails", () => throw new SqliteException("on purpose", 19));
        Db.CreateAggregate("glue", "", (string seed, string x) => seed + x, seed => seed + ".");
        Db.CreateCollation("by_length", (x, y) => x.Length.CompareTo(y.Length));
        Execute("CREATE TABLE t (x); INSERT INTO t VALUES ('ccc'), ('a'), ('bb')");
        Assert.Equal(42L, Scalar("SELECT twice(21)"));
        Assert.Equal("abbccc.", Scalar("SELECT glue(x) FROM (SELECT x FROM t ORDER BY x COLLATE by_length)"));
        Assert.Contains("on purpose", Assert.Throws<SqliteException>(() => Scalar("SELECT fails()")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Blobs_are_streams()
    {
        Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x BLOB); INSERT INTO t VALUES (1, zeroblob(100000))");
        byte[] bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        using (var blob = new SqliteBlob(Db, "t", "x", 1))
            new MemoryStream(bytes).CopyTo(blob);
        using SqliteDataReader reader = Command("SELECT id, x FROM t").ExecuteReader();
        Assert.True(reader.Read());
        using var copy = new MemoryStream();
        using (Stream stream = reader.GetStream(1))
            stream.CopyTo(copy);
        Assert.Equal(bytes, copy.ToArray());
    }

    [Fact]
    public void A_backup_has_everything()
    {
        Execute("CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(50000)), (2)");
        using var memory = new SqliteConnection("Data Source=:memory:");
        memory.Open();
        Db.BackupDatabase(memory);
        using SqliteCommand command = memory.CreateCommand();
        command.CommandText = "SELECT count(*), sum(length(x)) FROM t";
        using SqliteDataReader reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal((2L, 50001L), (reader.GetInt64(0), reader.GetInt64(1)));
    }

    [Fact]
    public async Task Everything_has_an_asynchronous_form()
    {
        await using var connection = new SqliteConnection(Storage.GetConnectionString(Database));
        await connection.OpenAsync();
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)";
        Assert.Equal(2, await command.ExecuteNonQueryAsync());
        command.CommandText = "SELECT x FROM t ORDER BY x";
        Assert.Equal(1L, await command.ExecuteScalarAsync());
        await using SqliteDataReader reader = await command.ExecuteReaderAsync();
        long sum = 0;
        while (await reader.ReadAsync())
            sum += await reader.GetFieldValueAsync<long>(0);
        Assert.Equal(3, sum);
    }

    private SqliteCommand Command(string sql, params object[] values)
    {
        SqliteCommand command = Db.CreateCommand();
        command.CommandText = sql;
        for (int i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"${i + 1}"), values[i]);
        return command;
    }

    private void Execute(string sql, params object[] values)
    {
        using SqliteCommand command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    private object? Scalar(string sql, params object[] values)
    {
        using SqliteCommand command = Command(sql, values);
        return command.ExecuteScalar();
    }
}
