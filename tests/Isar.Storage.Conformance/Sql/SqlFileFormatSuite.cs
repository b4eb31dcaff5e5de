using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>What changes the shape of a database file, and the temporary files SQLite makes beside it.</summary>
public abstract class SqlFileFormatSuite(BackendUnderTest underTest) : SqlSuite(underTest)
{
    [Fact]
    public virtual async Task Every_page_size_works()
    {
        for (int size = 512; size <= 65536; size *= 2)
        {
            string name = $"pages-{size}.db";
            SqliteConnection connection = await OpenAsync(name);
            connection.Execute($"PRAGMA page_size={size}; PRAGMA cache_size=5");
            connection.Fill(300);
            connection.Execute("BEGIN; UPDATE t SET x = 'changed'; ROLLBACK; DELETE FROM t WHERE id > 200");
            await ReopenAsync();
            connection = await OpenAsync(name);
            Assert.Equal(size, connection.Number("PRAGMA page_size"));
            Assert.Equal(200, connection.Count());
            connection.AssertSound();
            Assert.Equal(connection.Number("PRAGMA page_count") * size, await LengthOfAsync(name));
        }
    }

    [Fact]
    public virtual async Task Vacuum_gives_space_back()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(2000);
        connection.Execute("DELETE FROM t WHERE id > 100");
        long? before = await LengthOfAsync(Database);
        connection.Execute("VACUUM");
        Assert.True(await LengthOfAsync(Database) < before / 4, "The file must have become much smaller.");
        Assert.Equal(100, connection.Count());
        connection.AssertSound();
        connection.Insert(200, 'b');
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal((100, 200), (connection.Count(), connection.Count('b')));
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Vacuum_changes_the_page_size()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Execute("PRAGMA page_size=1024");
        connection.Fill(500);
        connection.Execute("PRAGMA page_size=16384; VACUUM");
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(16384, connection.Number("PRAGMA page_size"));
        Assert.Equal(500, connection.Count());
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Auto_vacuum_shortens_the_file_at_commit()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Execute("PRAGMA auto_vacuum=full");
        connection.Fill(1000);
        long? before = await LengthOfAsync(Database);
        connection.Execute("DELETE FROM t WHERE id <= 900");
        Assert.True(await LengthOfAsync(Database) < before / 4, "The commit must have cut the file.");
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(100, connection.Count());
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Incremental_vacuum_shortens_the_file_bit_by_bit()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Execute("PRAGMA page_size=4096; PRAGMA auto_vacuum=incremental");
        connection.Fill(1000);
        connection.Execute("DELETE FROM t WHERE id <= 900");
        for (long free = connection.Number("PRAGMA freelist_count"); free > 0;)
        {
            long? before = await LengthOfAsync(Database);
            Assert.Equal(0, connection.Try("PRAGMA incremental_vacuum(50)"));
            long left = connection.Number("PRAGMA freelist_count");
            Assert.True(left < free, "Nothing was given back.");
            Assert.True(await LengthOfAsync(Database) < before, "The file did not become shorter.");
            free = left;
        }
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(100, connection.Count());
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Large_blobs_come_back()
    {
        byte[] large = Bytes.Pattern(5_000_000);
        SqliteConnection connection = await OpenAsync();
        connection.Execute("CREATE TABLE b (id INTEGER PRIMARY KEY, x BLOB)");
        connection.Execute("INSERT INTO b (x) VALUES ($value)", large);
        connection.Execute("INSERT INTO b (x) VALUES ($value)", Bytes.Pattern(100_000, 2));
        connection.Execute("UPDATE b SET x = $value WHERE id = 2", Bytes.Pattern(300_000, 3));
        await ReopenAsync();
        connection = await OpenAsync();
        Bytes.Equal(large, Assert.IsType<byte[]>(connection.Scalar("SELECT x FROM b WHERE id = 1")));
        Bytes.Equal(Bytes.Pattern(300_000, 3), Assert.IsType<byte[]>(connection.Scalar("SELECT x FROM b WHERE id = 2")));
        connection.Execute("DELETE FROM b");
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Temporary_tables_and_sorts_use_files_and_leave_none()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(3000);
        connection.Execute("PRAGMA temp_store=file; PRAGMA cache_size=5; PRAGMA temp.cache_size=5");
        connection.Execute("CREATE TEMP TABLE copy AS SELECT id, x || id AS x FROM t; CREATE INDEX temp.by_x ON copy (x)");
        connection.Execute("BEGIN; UPDATE copy SET x = 'changed'; ROLLBACK");
        Assert.Equal(3000, connection.Number("SELECT count(DISTINCT x) FROM copy"));
        Assert.Equal(3000, connection.Number(
            "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY x || (id % 7), id DESC) AS n FROM t)"));
        Assert.Equal("ok", connection.Scalar("PRAGMA temp.integrity_check"));
        connection.Execute("DROP TABLE copy");
        IReadOnlyList<StorageEntry> files = await Backend.ListAsync(CancellationToken.None);
        Assert.Equal([Database], files.Select(file => file.Path.Value));
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(3000, connection.Count());
        connection.AssertSound();
    }

    /// <summary>A statement that can fail halfway keeps a journal of its own.</summary>
    [Fact]
    public virtual async Task A_failed_statement_undoes_only_itself()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Execute("PRAGMA temp_store=file; PRAGMA cache_size=5; CREATE TABLE u (x INTEGER UNIQUE, y)");
        connection.Execute("BEGIN; INSERT INTO u VALUES (1000, 'first')");
        int code = connection.Try(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO u SELECT i, zeroblob(1000) FROM n");
        Assert.Equal(2067, code);
        Assert.Equal(1, connection.Number("SELECT count(*) FROM u"));
        connection.Execute("COMMIT");
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal("first", connection.Scalar("SELECT y FROM u"));
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Backup_copies_into_another_database()
    {
        SqliteConnection source = await OpenAsync();
        source.Fill(500);
        SqliteConnection target = await OpenAsync("copy.db");
        target.Fill(2000, 'b');
        source.BackupDatabase(target);
        await ReopenAsync();
        target = await OpenAsync("copy.db");
        Assert.Equal((500, 0), (target.Count(), target.Count('b')));
        target.AssertSound();
    }
}
