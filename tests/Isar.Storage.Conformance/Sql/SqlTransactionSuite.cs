using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Transactions: small, nested, larger than the cache, and over two databases.</summary>
public abstract class SqlTransactionSuite(BackendUnderTest underTest) : SqlSuite(underTest)
{
    [Fact]
    public virtual async Task A_commit_is_there_after_reopening()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)");
        for (int i = 0; i < 5; i++)
        {
            connection.Insert(20, (char)('a' + i));
            await ReopenAsync();
            connection = await OpenAsync();
            Assert.Equal(20, connection.Count((char)('a' + i)));
            connection.AssertSound();
        }
        Assert.Equal(100, connection.Number("SELECT count(*) FROM t"));
    }

    [Fact]
    public virtual async Task A_rollback_leaves_no_trace()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(100);
        byte[] before = LoadFile(Database);
        connection.Execute("BEGIN; DELETE FROM t WHERE id % 3 = 0; UPDATE t SET x = 'changed'; CREATE TABLE more (y); ROLLBACK");
        Bytes.Equal(before, LoadFile(Database));
        Assert.Equal(100, connection.Count());
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(100, connection.Count());
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task What_is_not_committed_when_the_connection_closes_is_gone()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(100);
        connection.Execute("PRAGMA cache_size=5; BEGIN");
        connection.Insert(500, 'b');
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(100, connection.Count());
        Assert.Equal(0, connection.Count('b'));
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Savepoints_undo_only_what_came_after_them()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(10, 'a');
        connection.Execute("PRAGMA cache_size=5; BEGIN");
        connection.Insert(300, 'b');
        connection.Execute("SAVEPOINT outer");
        connection.Insert(300, 'c');
        connection.Execute("SAVEPOINT inner");
        connection.Execute("UPDATE t SET x = replace(x, 'b', 'd')");
        connection.Execute("ROLLBACK TO inner");
        Assert.Equal((10, 300, 300), (connection.Count('a'), connection.Count('b'), connection.Count('c')));
        connection.Execute("RELEASE inner; ROLLBACK TO outer");
        connection.Insert(20, 'e');
        connection.Execute("RELEASE outer; COMMIT");
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal((10, 300, 0, 20), (connection.Count('a'), connection.Count('b'), connection.Count('c'), connection.Count('e')));
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task A_transaction_larger_than_the_cache_commits()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(100);
        await SpillAsync(connection);
        connection.Execute("COMMIT");
        Assert.Equal(3000, connection.Count('b'));
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal((100, 3000), (connection.Count(), connection.Count('b')));
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task A_transaction_larger_than_the_cache_is_undone()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(100);
        long? before = await LengthOfAsync(Database);
        await SpillAsync(connection);
        connection.Execute("UPDATE t SET x = replace(x, 'a', 'c'); ROLLBACK");
        Assert.Equal((100, 0), (connection.Count(), connection.Count('b')));
        Assert.Equal(before, await LengthOfAsync(Database));
        connection.AssertSound();
        connection.Insert(10, 'd');
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal((100, 10), (connection.Count(), connection.Count('d')));
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task A_transaction_over_two_databases_commits_and_undoes_both()
    {
        const string other = "other/second.db";
        await Storage.PrepareAsync(other);
        SqliteConnection connection = await OpenAsync();
        Attach(connection, other);
        connection.Execute("CREATE TABLE main.a (x); CREATE TABLE second.b (x)");
        connection.Execute("BEGIN; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); COMMIT");
        connection.Execute("BEGIN; INSERT INTO a VALUES (2); INSERT INTO b VALUES (2); ROLLBACK");
        Assert.Equal(1, connection.Number("SELECT count(*) FROM a JOIN b ON a.x = b.x"));
        Assert.Equal(2, connection.Number("SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)"));
        IReadOnlyList<StorageEntry> files = await Backend.ListAsync(CancellationToken.None);
        Assert.DoesNotContain(
            files, file => file.Path.Value.EndsWith("-journal", StringComparison.Ordinal) || DatabaseFiles.IsSuperJournal(file.Path));

        await ReopenAsync();
        await Storage.PrepareAsync(other);
        connection = await OpenAsync();
        Assert.Equal(1, connection.Number("SELECT x FROM a"));
        Attach(connection, other);
        Assert.Equal(1, connection.Number("SELECT x FROM second.b"));
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Many_small_commits_keep_the_database_sound()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Execute("CREATE TABLE n (id INTEGER PRIMARY KEY, x INTEGER, y TEXT); CREATE INDEX by_x ON n (x)");
        for (int i = 0; i < 200; i++)
            connection.Execute("INSERT INTO n (x, y) VALUES ($value * 7919 % 1000, hex(zeroblob($value)))", i);
        connection.Execute("DELETE FROM n WHERE id % 2 = 0");
        connection.AssertSound();
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(100, connection.Number("SELECT count(*) FROM n"));
        connection.AssertSound();
    }

    /// <summary>Begins a transaction and makes SQLite write pages of it before the commit, because its cache is too small.</summary>
    private async Task SpillAsync(SqliteConnection connection)
    {
        long? before = await LengthOfAsync(Database);
        connection.Execute("PRAGMA cache_size=10; BEGIN");
        connection.Insert(3000, 'b');
        Assert.True(await LengthOfAsync(Database) > before + 1_000_000, "The cache did not spill: the case shows nothing.");
    }

    private void Attach(SqliteConnection connection, string database)
    {
        string source = new SqliteConnectionStringBuilder(Storage.GetConnectionString(database)).DataSource;
        connection.Execute("ATTACH $value AS second", source);
    }
}
