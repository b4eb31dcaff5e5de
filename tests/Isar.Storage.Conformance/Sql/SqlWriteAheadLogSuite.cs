using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>
/// Connections of one process that share a write-ahead log (<see href="https://sqlite.org/wal.html">Write-Ahead Logging</see>): who goes on,
/// who is refused, what each sees and what is left. For backends that offer it.
/// </summary>
public abstract class SqlWriteAheadLogSuite(BackendUnderTest underTest) : SqlSuite(underTest)
{
    private const string Log = "test.db-wal";

    /// <summary>SQLITE_BUSY_SNAPSHOT: others have committed since this transaction began to read.</summary>
    private const int BusySnapshot = raw.SQLITE_BUSY | (2 << 8);

    [Fact]
    public virtual async Task A_reader_and_a_commit_do_not_hold_each_other_back()
    {
        SqliteConnection writer = await OpenLoggedAsync(10);
        SqliteConnection oldReader = await OpenAsync();
        SqliteConnection newReader = await OpenAsync();
        oldReader.Execute("BEGIN");
        Assert.Equal(10, oldReader.Count());
        writer.Execute("BEGIN");
        writer.Insert(10, 'b');
        Assert.Equal((0, 0, 10), (oldReader.Count('b'), newReader.Count('b'), writer.Count('b')));
        Assert.Equal(raw.SQLITE_OK, writer.Try("COMMIT"));
        Assert.Equal((0, 10), (oldReader.Count('b'), newReader.Count('b')));
        writer.Insert(10, 'b');
        Assert.Equal((0, 20), (oldReader.Count('b'), newReader.Count('b')));
        oldReader.Execute("COMMIT");
        Assert.Equal(20, oldReader.Count('b'));
        oldReader.AssertSound();
    }

    [Fact]
    public virtual async Task One_writes_at_a_time_and_the_other_is_busy()
    {
        SqliteConnection first = await OpenLoggedAsync(10);
        SqliteConnection second = await OpenAsync();
        first.Execute("BEGIN IMMEDIATE; DELETE FROM t WHERE id = 1");
        Assert.Equal(raw.SQLITE_BUSY, second.Try("BEGIN IMMEDIATE"));
        Assert.Equal(raw.SQLITE_BUSY, second.Try("DELETE FROM t"));
        Assert.Equal(10, second.Count());
        first.Execute("ROLLBACK");
        Assert.Equal(raw.SQLITE_OK, second.Try("DELETE FROM t WHERE id < 3"));
        Assert.Equal(8, first.Count());
    }

    /// <summary>What it has read is old, so it must begin again: <see cref="IIsarStorage.ExecuteInTransactionAsync"/> does.</summary>
    [Fact]
    public virtual async Task A_reader_cannot_write_once_others_have_committed()
    {
        SqliteConnection first = await OpenLoggedAsync(10);
        SqliteConnection second = await OpenAsync();
        second.Execute("BEGIN");
        Assert.Equal(10, second.Count());
        first.Insert(1, 'b');
        Assert.Equal(BusySnapshot, second.Try("DELETE FROM t"));
        Assert.Equal(BusySnapshot, second.Try("DELETE FROM t"));
        second.Execute("ROLLBACK; BEGIN");
        Assert.Equal(1, second.Count('b'));
        Assert.Equal(raw.SQLITE_OK, second.Try("DELETE FROM t"));
        second.Execute("COMMIT");
        Assert.Equal(0, first.Number("SELECT count(*) FROM t"));
    }

    [Fact]
    public virtual async Task A_checkpoint_leaves_what_a_reader_still_needs()
    {
        SqliteConnection writer = await OpenLoggedAsync(100);
        SqliteConnection reader = await OpenAsync();
        reader.Execute("BEGIN");
        Assert.Equal(100, reader.Count());
        writer.Execute("UPDATE t SET x = replace(x, 'a', 'b')");
        Assert.Equal(1, writer.Number("PRAGMA wal_checkpoint(RESTART)"));
        Assert.Equal((100, 0), (reader.Count(), reader.Count('b')));
        reader.Execute("COMMIT");
        Assert.Equal(0, writer.Number("PRAGMA wal_checkpoint(TRUNCATE)"));
        Assert.Equal(0, await LengthOfAsync(Log));
        Assert.Equal((0, 100), (reader.Count(), reader.Count('b')));
        writer.Insert(1, 'c');
        Assert.Equal(1, reader.Count('c'));
        reader.AssertSound();
    }

    [Fact]
    public virtual async Task The_last_to_close_leaves_the_database_alone()
    {
        SqliteConnection first = await OpenLoggedAsync(100);
        SqliteConnection second = await OpenAsync();
        Assert.Equal(100, second.Count());
        Assert.True(await LengthOfAsync(Log) > 0);
        first.Dispose();
        Assert.True(await LengthOfAsync(Log) > 0);
        second.Insert(1, 'b');
        second.Dispose();
        Assert.Equal([Database], (await Backend.ListAsync(CancellationToken.None)).Select(entry => entry.Path.Value));
        await ReopenAsync();
        first = await OpenAsync();
        Assert.Equal("wal", first.Scalar("PRAGMA journal_mode"));
        Assert.Equal((100, 1), (first.Count(), first.Count('b')));
        first.AssertSound();
    }

    [Fact]
    public virtual async Task A_transaction_larger_than_the_cache_commits_or_leaves_no_trace()
    {
        SqliteConnection writer = await OpenLoggedAsync(100);
        SqliteConnection reader = await OpenAsync();
        writer.Execute("PRAGMA cache_size=5");
        foreach (string end in (string[])["ROLLBACK", "COMMIT"])
        {
            writer.Execute("BEGIN; UPDATE t SET x = replace(x, 'a', 'b')");
            writer.Insert(2000, 'c');
            Assert.Equal((100, 0), (reader.Count(), reader.Count('c')));
            writer.Execute(end);
            reader.AssertSound();
        }
        Assert.Equal((0, 100, 2000), (reader.Count(), reader.Count('b'), reader.Count('c')));
        await ReopenAsync();
        reader = await OpenAsync();
        Assert.Equal((0, 100, 2000), (reader.Count(), reader.Count('b'), reader.Count('c')));
        reader.AssertSound();
    }

    /// <summary>A crash leaves a log with commits that are not in the database yet, and the beginning of one that was never made.</summary>
    [Fact]
    public virtual async Task A_log_that_was_left_is_read_up_to_its_last_commit()
    {
        SqliteConnection connection = await OpenLoggedAsync(500);
        connection.Execute("PRAGMA wal_autocheckpoint=0; UPDATE t SET x = replace(x, 'a', 'b'); PRAGMA cache_size=5");
        connection.Execute("BEGIN; UPDATE t SET x = replace(x, 'b', 'c')");
        byte[] database = LoadFile(Database);
        byte[] log = LoadFile(Log);
        Assert.True(log.AsSpan().IndexOf("cccccccc"u8) >= 0, "Nothing of the transaction was written: the case shows nothing.");
        connection.Execute("ROLLBACK");

        await Storage.PrepareAsync("crashed.db");
        StoreFile("crashed.db", database);
        StoreFile("crashed.db-wal", log);
        connection = await OpenAsync("crashed.db");
        Assert.Equal((500, 0), (connection.Count('b'), connection.Count('c')));
        connection.AssertSound();
        await ReopenAsync();
        connection = await OpenAsync("crashed.db");
        Assert.Equal(500, connection.Count('b'));
    }

    [Fact]
    public virtual async Task The_mode_can_be_changed_by_who_has_the_database_alone()
    {
        SqliteConnection first = await OpenLoggedAsync(10);
        SqliteConnection second = await OpenAsync();
        Assert.Equal(10, second.Count());
        Assert.Equal(raw.SQLITE_BUSY, first.Try("PRAGMA journal_mode=delete"));
        second.Dispose();
        Assert.Equal("delete", first.Scalar("PRAGMA journal_mode=delete"));
        Assert.Null(await LengthOfAsync(Log));
        first.Insert(10, 'b');
        Assert.Equal("wal", first.Scalar("PRAGMA journal_mode=wal"));
        first.Insert(10, 'c');
        await ReopenAsync();
        first = await OpenAsync();
        Assert.Equal((10, 10, 10), (first.Count(), first.Count('b'), first.Count('c')));
        first.AssertSound();
    }

    [Fact]
    public virtual async Task A_database_with_a_log_is_deleted_with_it()
    {
        SqliteConnection connection = await OpenLoggedAsync(10);
        byte[] log = LoadFile(Log);
        connection.Dispose();
        await Storage.PrepareAsync(Database);
        StoreFile(Log, log);
        Assert.True(await Storage.DeleteAsync(Database));
        Assert.Empty(await Backend.ListAsync(CancellationToken.None));
        connection = await OpenAsync();
        Assert.Equal(0, connection.Number("SELECT count(*) FROM sqlite_schema"));
    }

    [Fact]
    public virtual async Task Connections_taking_turns_keep_the_database_sound()
    {
        SqliteConnection[] connections = [await OpenLoggedAsync(0), await OpenAsync(), await OpenAsync()];
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
                if (random.Next(10) == 0)
                    connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
            long[] counts = [.. connections.Select(connection => connection.Number("SELECT count(*) FROM n"))];
            Assert.Single(counts.Distinct());
            return Task.CompletedTask;
        });
        await ReopenAsync();
        (await OpenAsync()).AssertSound();
    }

    /// <summary>Opens the database and gives it a log.</summary>
    private async Task<SqliteConnection> OpenLoggedAsync(int rows)
    {
        SqliteConnection connection = await OpenAsync();
        Assert.Equal("wal", connection.Scalar("PRAGMA journal_mode=wal"));
        connection.Fill(rows);
        return connection;
    }
}
