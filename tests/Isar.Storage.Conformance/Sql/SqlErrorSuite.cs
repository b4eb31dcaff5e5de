using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>
/// What goes wrong is told by SQLite's own <see href="https://sqlite.org/rescode.html">result codes</see> and by kinds of
/// <see cref="StorageException"/>.
/// </summary>
public abstract class SqlErrorSuite(BackendUnderTest underTest) : SqlSuite(underTest)
{
    private const int CantOpenFullPath = raw.SQLITE_CANTOPEN | (3 << 8);

    [Fact]
    public virtual async Task An_unknown_vfs_is_refused_by_its_name()
    {
        await Storage.PrepareAsync(Database);
        SqliteException refused = Assert.Throws<SqliteException>(() => Connect(Database, settings => settings.Vfs = "no-such-vfs"));
        AssertCode(raw.SQLITE_ERROR, refused);
        Assert.Contains("no-such-vfs", refused.Message, StringComparison.Ordinal);
        Assert.Null(await LengthOfAsync(Database));
    }

    [Fact]
    public virtual async Task A_missing_database_is_not_made_unless_asked_for()
    {
        await Storage.PrepareAsync(Database);
        AssertCode(raw.SQLITE_CANTOPEN, Assert.Throws<SqliteException>(
            () => Connect(Database, settings => settings.Mode = SqliteOpenMode.ReadWrite)));
        AssertCode(raw.SQLITE_CANTOPEN, Assert.Throws<SqliteException>(
            () => Connect(Database, settings => settings.Mode = SqliteOpenMode.ReadOnly)));
        Assert.Null(await LengthOfAsync(Database));
    }

    [Fact]
    public virtual async Task What_is_no_database_is_refused_and_kept()
    {
        byte[] content = Bytes.Pattern(10_000);
        await Storage.PrepareAsync(Database);
        StoreFile(Database, content);
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => OpenAsync());
        Assert.Equal(StorageErrorKind.Corrupt, refused.Kind);
        Assert.Contains(Database, refused.Message, StringComparison.Ordinal);
        AssertCode(raw.SQLITE_NOTADB, Assert.IsType<SqliteException>(refused.InnerException));
        Bytes.Equal(content, LoadFile(Database));
    }

    [Fact]
    public virtual async Task Damage_inside_a_database_is_corruption()
    {
        SqliteConnection connection = await OpenAsync();
        int pageSize = (int)connection.Number("PRAGMA page_size");
        connection.Fill(100);
        CloseConnections();
        await Storage.PrepareAsync(Database);
        byte[] content = LoadFile(Database);
        Bytes.Pattern(content.Length - pageSize).CopyTo(content, pageSize);
        StoreFile(Database, content);
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(raw.SQLITE_CORRUPT, Primary(connection.Try("SELECT sum(length(x)) FROM t")));
    }

    [Fact]
    public virtual async Task A_path_out_of_the_directory_is_refused()
    {
        string[] names = ["../escape.db", "a/../../escape.db", "/escape.db", "a//b.db", "a\\b.db", ":memory:", "", "a.db-journal"];
        foreach (string name in names)
        {
            StorageException refused = await Assert.ThrowsAsync<StorageException>(() => OpenAsync(name));
            Assert.Equal(StorageErrorKind.PathInvalid, refused.Kind);
        }
        await Storage.PrepareAsync(Database);
        AssertCode(CantOpenFullPath, Assert.Throws<SqliteException>(
            () => Connect(Database, settings => settings.DataSource = "../escape.db")));
        SqliteConnection connection = await OpenAsync();
        Assert.Equal(CantOpenFullPath, connection.Try("ATTACH '../escape.db' AS other"));
        Assert.Null(await LengthOfAsync("escape.db"));
    }

    [Fact]
    public virtual async Task A_database_in_use_is_not_deleted()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(10);
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => Storage.DeleteAsync(Database).AsTask());
        Assert.Equal(StorageErrorKind.Busy, refused.Kind);
        Assert.Equal(10, connection.Count());
        connection.Insert(10, 'b');
        CloseConnections();
        Assert.True(await Storage.DeleteAsync(Database));
    }

    [Fact]
    public virtual async Task A_held_lock_is_busy_and_no_other_error()
    {
        SqliteConnection holder = await OpenAsync();
        SqliteConnection other = await OpenAsync();
        holder.Fill(10);
        holder.Execute("BEGIN IMMEDIATE");
        Assert.Equal(raw.SQLITE_BUSY, other.Try("BEGIN IMMEDIATE"));
        Assert.Equal(raw.SQLITE_BUSY, other.Try("DELETE FROM t"));
        holder.Execute("COMMIT; BEGIN EXCLUSIVE");
        Assert.Equal(raw.SQLITE_BUSY, other.Try("SELECT count(*) FROM t"));
        holder.Execute("COMMIT");
        Assert.Equal(raw.SQLITE_OK, other.Try("DELETE FROM t"));
    }

    [Fact]
    public virtual async Task Opening_a_locked_database_is_busy()
    {
        SqliteConnection holder = await OpenAsync();
        holder.Fill(10);
        holder.Execute("BEGIN EXCLUSIVE");
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => OpenAsync());
        Assert.Equal(StorageErrorKind.Busy, refused.Kind);
        // Where this suite sets a time-out for opening, it was waited for in vain.
        Assert.Equal(!UnderTest.IsLeased, refused.IsTransient);
        holder.Execute("COMMIT");
        SqliteConnection other = await OpenAsync();
        Assert.Equal(10, other.Count());
    }

    [Fact]
    public virtual async Task A_read_only_connection_does_not_write()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(10);
        SqliteConnection reader = Connect(Database, settings => settings.Mode = SqliteOpenMode.ReadOnly);
        Assert.Equal(10, reader.Count());
        Assert.Equal(raw.SQLITE_READONLY, reader.Try("DELETE FROM t"));
        Assert.Equal(raw.SQLITE_READONLY, reader.Try("CREATE TABLE more (x)"));
        connection.Insert(5, 'a');
        Assert.Equal(15, reader.Count());
    }

    private static void AssertCode(int extended, SqliteException exception)
        => Assert.Equal((Primary(extended), extended), (exception.SqliteErrorCode, exception.SqliteExtendedErrorCode));

    private static int Primary(int code) => code & 0xff;
}
