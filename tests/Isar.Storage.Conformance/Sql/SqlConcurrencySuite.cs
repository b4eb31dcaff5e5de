using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Connections of one process to one database: who is refused, who goes on, and what each sees.</summary>
public abstract class SqlConcurrencySuite(BackendUnderTest underTest) : SqlSuite(underTest)
{
    private static readonly (string Name, string Sql)[] _wishes =
    [
        ("read", "SELECT count(*) FROM t"),
        ("begin", "BEGIN IMMEDIATE"),
        ("exclude", "BEGIN EXCLUSIVE"),
        ("write", "DELETE FROM t"),
        ("schema", "CREATE TABLE more (x)"),
        ("header", "PRAGMA user_version = 7"),
        ("vacuum", "VACUUM"),
    ];

    [Fact]
    public virtual async Task Each_connection_sees_what_others_commit()
    {
        SqliteConnection first = await OpenAsync();
        SqliteConnection second = await OpenAsync();
        first.Fill(1);
        for (int i = 1; i <= 20; i++)
        {
            Assert.Equal(i, second.Count());
            (i % 2 == 0 ? first : second).Insert(1, 'a');
            Assert.Equal(i + 1, first.Count());
        }
        second.Execute("ALTER TABLE t ADD COLUMN y DEFAULT 5");
        Assert.Equal(21 * 5, first.Number("SELECT sum(y) FROM t"));
        first.Execute("DELETE FROM t; VACUUM");
        Assert.Equal(0, second.Number("SELECT count(*) FROM t"));
        second.AssertSound();
    }

    [Fact]
    public virtual async Task What_is_not_committed_is_not_seen()
    {
        SqliteConnection writer = await OpenAsync();
        SqliteConnection reader = await OpenAsync();
        writer.Fill(10);
        writer.Execute("BEGIN");
        writer.Insert(10, 'b');
        Assert.Equal(10, writer.Count('b'));
        Assert.Equal(0, reader.Count('b'));
        writer.Execute("COMMIT");
        Assert.Equal(10, reader.Count('b'));
    }

    /// <summary>Waiting would be a deadlock, so SQLite refuses at once; who is refused must roll back and repeat.</summary>
    [Fact]
    public virtual async Task Of_two_readers_that_want_to_write_one_is_refused()
    {
        SqliteConnection first = await OpenAsync();
        SqliteConnection second = await OpenAsync();
        first.Fill(10);
        first.Execute("BEGIN");
        second.Execute("BEGIN");
        Assert.Equal((10, 10), (first.Count(), second.Count()));

        Assert.Equal(raw.SQLITE_OK, first.Try("UPDATE t SET x = 'first' WHERE id = 1"));
        Assert.Equal(raw.SQLITE_BUSY, second.Try("UPDATE t SET x = 'second' WHERE id = 2"));
        Assert.Equal(raw.SQLITE_BUSY, first.Try("COMMIT"));
        second.Execute("ROLLBACK");
        Assert.Equal(raw.SQLITE_OK, first.Try("COMMIT"));
        Assert.Equal(raw.SQLITE_OK, second.Try("UPDATE t SET x = 'second' WHERE id = 2"));
        Assert.Equal("first second", second.Scalar("SELECT group_concat(x, ' ') FROM t WHERE id < 3"));
        second.AssertSound();
    }

    [Fact]
    public virtual async Task A_reader_holds_a_commit_back_and_then_lets_it_pass()
    {
        SqliteConnection writer = await OpenAsync();
        SqliteConnection reader = await OpenAsync();
        writer.Fill(10);
        using (SqliteCommand command = reader.CreateCommand())
        {
            command.CommandText = "SELECT id FROM t";
            using SqliteDataReader rows = command.ExecuteReader();
            Assert.True(rows.Read());
            writer.Execute("BEGIN");
            writer.Insert(10, 'b');
            Assert.Equal(raw.SQLITE_BUSY, writer.Try("COMMIT"));
            Assert.Equal(raw.SQLITE_BUSY, writer.Try("COMMIT"));
            int rest = 0;
            while (rows.Read())
                rest++;
            Assert.Equal(9, rest);
        }
        Assert.Equal(raw.SQLITE_OK, writer.Try("COMMIT"));
        Assert.Equal(10, reader.Count('b'));
        await ReopenAsync();
        writer = await OpenAsync();
        Assert.Equal(10, writer.Count('b'));
        writer.AssertSound();
    }

    /// <summary>The writer waits for the old reader with a pending lock, or new readers would keep it waiting for ever.</summary>
    [Fact]
    public virtual async Task A_waiting_commit_keeps_new_readers_out()
    {
        SqliteConnection writer = await OpenAsync();
        SqliteConnection oldReader = await OpenAsync();
        SqliteConnection newReader = await OpenAsync();
        writer.Fill(10);
        oldReader.Execute("BEGIN");
        Assert.Equal(10, oldReader.Count());
        writer.Execute("BEGIN; DELETE FROM t WHERE id = 1");
        Assert.Equal(raw.SQLITE_OK, newReader.Try("SELECT count(*) FROM t"));
        Assert.Equal(raw.SQLITE_BUSY, writer.Try("COMMIT"));
        Assert.Equal(raw.SQLITE_BUSY, newReader.Try("SELECT count(*) FROM t"));
        Assert.Equal(10, oldReader.Count());
        oldReader.Execute("COMMIT");
        Assert.Equal(raw.SQLITE_OK, writer.Try("COMMIT"));
        Assert.Equal(9, newReader.Count());
    }

    /// <summary>Each lock that one connection can hold, against each way of another to want one: refused is always SQLITE_BUSY.</summary>
    [Fact]
    public virtual async Task Every_lock_conflict_is_busy()
    {
        SqliteConnection holder = await OpenAsync();
        SqliteConnection other = await OpenAsync();
        SqliteConnection reader = await OpenAsync();
        holder.Fill(10);
        foreach ((string held, Action hold, string allowed) in new (string, Action, string)[]
        {
            ("shared", () => holder.Execute("BEGIN; SELECT count(*) FROM t"), "read begin"),
            ("reserved", () => holder.Execute("BEGIN IMMEDIATE; DELETE FROM t WHERE id = 1"), "read"),
            ("pending", WaitForReader, ""),
            ("exclusive", () => holder.Execute("BEGIN EXCLUSIVE"), ""),
        })
        {
            hold();
            foreach ((string name, string sql) in _wishes)
            {
                int expected = allowed.Split(' ').Contains(name) ? raw.SQLITE_OK : raw.SQLITE_BUSY;
                int code = other.Try(sql);
                Assert.True(expected == code, $"{sql} beside a {held} lock: {code} instead of {expected}.");
                if (raw.sqlite3_get_autocommit(other.Handle!) == 0)
                    other.Execute("ROLLBACK");
            }
            holder.Execute("ROLLBACK");
            if (raw.sqlite3_get_autocommit(reader.Handle!) == 0)
                reader.Execute("ROLLBACK");
        }
        Assert.Equal(10, other.Count());
        other.AssertSound();

        void WaitForReader()
        {
            reader.Execute("BEGIN; SELECT count(*) FROM t");
            holder.Execute("BEGIN; DELETE FROM t WHERE id = 1");
            Assert.Equal(raw.SQLITE_BUSY, holder.Try("COMMIT"));
        }
    }

    [Fact]
    public virtual async Task A_closed_connection_holds_nobody_back()
    {
        SqliteConnection first = await OpenAsync();
        first.Fill(10);
        first.Execute("BEGIN EXCLUSIVE");
        CloseConnections();
        SqliteConnection second = await OpenAsync();
        Assert.Equal(raw.SQLITE_OK, second.Try("BEGIN EXCLUSIVE"));
        Assert.Equal(10, second.Count());
        second.Execute("COMMIT");
    }

    [Fact]
    public virtual async Task A_cache_that_spills_waits_for_readers()
    {
        SqliteConnection writer = await OpenAsync();
        SqliteConnection reader = await OpenAsync();
        writer.Fill(300);
        writer.Execute("PRAGMA cache_size=5");
        reader.Execute("BEGIN");
        Assert.Equal(300, reader.Count());
        writer.Execute("BEGIN; UPDATE t SET x = replace(x, 'a', 'b')");
        Assert.Equal(300, reader.Count());
        Assert.Equal(raw.SQLITE_BUSY, writer.Try("COMMIT"));
        reader.Execute("COMMIT");
        Assert.Equal(raw.SQLITE_OK, writer.Try("COMMIT"));
        Assert.Equal((0, 300), (reader.Count(), reader.Count('b')));
        reader.AssertSound();
    }

    [Fact]
    public virtual async Task Connections_taking_turns_keep_the_database_sound()
    {
        SqliteConnection[] connections = [await OpenAsync(), await OpenAsync(), await OpenAsync()];
        connections[0].Execute("CREATE TABLE n (id INTEGER PRIMARY KEY, x INTEGER, y TEXT); CREATE INDEX by_x ON n (x)");
        await Seeded.RunAsync(random =>
        {
            for (int i = 0; i < 150; i++)
            {
                SqliteConnection connection = connections[random.Next(3)];
                string end = random.Next(4) == 0 ? "ROLLBACK" : "COMMIT";
                connection.Execute(
                    $"BEGIN IMMEDIATE; INSERT INTO n (x, y) VALUES ({random.Next(1000)}, hex(zeroblob({random.Next(2000)})));"
                    + $"DELETE FROM n WHERE x BETWEEN {random.Next(1000)} AND {random.Next(1000)}; {end}");
            }
            long[] counts = [.. connections.Select(connection => connection.Number("SELECT count(*) FROM n"))];
            Assert.Single(counts.Distinct());
            return Task.CompletedTask;
        });
        await ReopenAsync();
        (await OpenAsync()).AssertSound();
    }
}
