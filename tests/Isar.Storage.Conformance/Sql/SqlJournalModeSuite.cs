using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>
/// SQLite's ways to keep a <see href="https://sqlite.org/pragma.html#pragma_journal_mode">journal</see>: what they commit, undo and
/// leave behind.
/// </summary>
public abstract class SqlJournalModeSuite(BackendUnderTest underTest) : SqlSuite(underTest)
{
    [Fact]
    public virtual async Task Delete_removes_the_journal()
    {
        using SqliteConnection connection = await CommitAndRollBackAsync("delete");
        Assert.Null(await LengthOfAsync(Journal));
        await AssertReopenedAsync();
        Assert.Null(await LengthOfAsync(Journal));
    }

    [Fact]
    public virtual async Task Truncate_empties_the_journal()
    {
        using SqliteConnection connection = await CommitAndRollBackAsync("truncate");
        Assert.Equal(0, await LengthOfAsync(Journal));
        await AssertReopenedAsync();
    }

    [Fact]
    public virtual async Task Persist_voids_the_journals_header()
    {
        using SqliteConnection connection = await CommitAndRollBackAsync("persist");
        byte[] journal = LoadFile(Journal);
        Assert.True(journal.Length > 512, "A persistent journal keeps its length.");
        Bytes.Zero(journal.AsSpan(0, 28));
        await AssertReopenedAsync();
    }

    [Fact]
    public virtual async Task Memory_stores_no_journal()
    {
        using SqliteConnection connection = await OpenAsync();
        Assert.Equal("memory", connection.Scalar("PRAGMA journal_mode=memory"));
        connection.Fill(10);
        connection.Execute("BEGIN; UPDATE t SET x = 'changed'");
        Assert.Null(await LengthOfAsync(Journal));
        connection.Execute("ROLLBACK");
        Assert.Equal(10, connection.Count());
        await AssertReopenedAsync();
    }

    [Fact]
    public virtual async Task Modes_can_be_changed_and_what_the_last_one_left_goes()
    {
        SqliteConnection connection = await OpenAsync();
        int letter = 'a';
        foreach (string mode in (string[])["persist", "truncate", "delete", "memory", "persist", "delete"])
        {
            Assert.Equal(mode, connection.Scalar($"PRAGMA journal_mode={mode}"));
            connection.Fill(3, (char)letter++);
        }
        Assert.Null(await LengthOfAsync(Journal));
        await ReopenAsync();
        connection = await OpenAsync();
        connection.AssertSound();
        Assert.Equal(18, connection.Number("SELECT count(*) FROM t"));
    }

    /// <summary>
    /// A crash in the middle of a transaction leaves a changed database and a journal; opening it goes back to the last commit.
    /// </summary>
    [Fact]
    public virtual async Task A_hot_journal_is_rolled_back()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Execute("PRAGMA journal_mode=delete");
        connection.Fill(500);
        connection.Execute("PRAGMA cache_size=5");
        connection.Execute("BEGIN; UPDATE t SET x = replace(x, 'a', 'b')");
        byte[] database = LoadFile(Database);
        byte[] journal = LoadFile(Journal);
        Assert.True(database.AsSpan().IndexOf("bbbbbbbb"u8) >= 0, "Nothing of the transaction was written: the case shows nothing.");
        connection.Execute("ROLLBACK");

        await Storage.PrepareAsync("crashed.db");
        StoreFile("crashed.db", database);
        StoreFile("crashed.db-journal", journal);
        connection = await OpenAsync("crashed.db");
        Assert.Equal(500, connection.Count('a'));
        connection.AssertSound();
        Assert.Null(await LengthOfAsync("crashed.db-journal"));
        await ReopenAsync();
        connection = await OpenAsync("crashed.db");
        Assert.Equal(500, connection.Count('a'));
    }

    [Fact]
    public virtual async Task Write_ahead_logging_is_offered_as_the_capabilities_say()
    {
        SqliteConnection connection = await OpenAsync();
        bool offered = Backend.Capabilities.WriteAheadLog;
        Assert.Equal(offered ? "wal" : "delete", connection.Scalar("PRAGMA journal_mode=wal"));
        connection.Fill(100);
        if (offered)
        {
            SqliteConnection reader = await OpenAsync();
            reader.Execute("BEGIN");
            Assert.Equal(100, reader.Count());
            connection.Insert(50, 'a');
            Assert.Equal(100, reader.Count());
            reader.Execute("COMMIT");
            Assert.Equal(150, reader.Count());
        }
        else
            connection.Insert(50, 'a');
        await ReopenAsync();
        connection = await OpenAsync();
        connection.AssertSound();
        Assert.Equal(150, connection.Count());
    }

    /// <summary>With one connection that holds the database for itself, SQLite needs no shared memory for its log.</summary>
    [Fact]
    public virtual async Task Write_ahead_logging_works_for_one_exclusive_connection()
    {
        SqliteConnection connection = await OpenExclusiveAsync();
        Assert.Equal("wal", connection.Scalar("PRAGMA journal_mode=wal"));
        connection.Fill(200);
        connection.Execute("BEGIN; UPDATE t SET x = 'changed'; ROLLBACK");
        Assert.True(await LengthOfAsync("test.db-wal") > 200_000);
        await ReopenAsync();
        Assert.Null(await LengthOfAsync("test.db-wal"));
        connection = await OpenExclusiveAsync();
        Assert.Equal(200, connection.Count());
        Assert.Equal("delete", connection.Scalar("PRAGMA journal_mode=delete"));
        connection.AssertSound();

        async Task<SqliteConnection> OpenExclusiveAsync()
        {
            await Storage.PrepareAsync(Database);
            SqliteConnection exclusive = Connect(Database, _ => { });
            exclusive.Execute("PRAGMA locking_mode=exclusive");
            return exclusive;
        }
    }

    private async Task<SqliteConnection> CommitAndRollBackAsync(string mode)
    {
        SqliteConnection connection = await OpenAsync();
        Assert.Equal(mode, connection.Scalar($"PRAGMA journal_mode={mode}"));
        connection.Fill(10);
        connection.Execute("BEGIN; UPDATE t SET x = 'changed'");
        Assert.True(await LengthOfAsync(Journal) > 0, "A transaction that changes pages writes a journal.");
        connection.Execute("ROLLBACK");
        Assert.Equal(10, connection.Count());
        return connection;
    }

    private async Task AssertReopenedAsync()
    {
        await ReopenAsync();
        SqliteConnection connection = await OpenAsync();
        Assert.Equal(10, connection.Count());
        connection.AssertSound();
        connection.Insert(10, 'b');
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(10, connection.Count('b'));
        connection.AssertSound();
    }
}
