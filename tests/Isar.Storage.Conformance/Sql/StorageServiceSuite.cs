using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary><see cref="IIsarStorage"/>: databases by name.</summary>
public abstract class StorageServiceSuite(BackendUnderTest underTest) : SqlSuite(underTest)
{
    /// <summary>
    /// What SQLite appends at most, see <see href="https://sqlite.org/tempfiles.html">Temporary Files</see>: <c>-mjXXXXXX9XX</c>.
    /// </summary>
    private const int LongestSuffix = 12;

    [Fact]
    public virtual async Task Opening_makes_a_database_and_deleting_removes_it()
    {
        Assert.False(await Storage.ExistsAsync(Database));
        SqliteConnection connection = await OpenAsync();
        connection.Fill(10);
        Assert.True(await Storage.ExistsAsync(Database));
        await ReopenAsync();
        Assert.True(await Storage.ExistsAsync(Database));
        Assert.True(await Storage.DeleteAsync(Database));
        Assert.False(await Storage.ExistsAsync(Database));
        Assert.False(await Storage.DeleteAsync(Database));
        await ReopenAsync();
        Assert.False(await Storage.ExistsAsync(Database));
    }

    [Fact]
    public virtual async Task A_database_made_after_a_delete_is_empty()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(500);
        CloseConnections();
        await Storage.DeleteAsync(Database);
        connection = await OpenAsync();
        Assert.Equal(0, connection.Number("SELECT count(*) FROM sqlite_schema"));
        connection.Fill(10, 'b');
        await ReopenAsync();
        connection = await OpenAsync();
        Assert.Equal(10, connection.Number("SELECT count(*) FROM t"));
        connection.AssertSound();
    }

    [Fact]
    public virtual async Task Deleting_takes_the_journals_along()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Execute("PRAGMA journal_mode=persist");
        connection.Fill(10);
        connection.Execute("DELETE FROM t");
        Assert.NotNull(await LengthOfAsync(Journal));
        CloseConnections();
        Assert.True(await Storage.DeleteAsync(Database));
        Assert.Empty(await Backend.ListAsync(CancellationToken.None));
        await ReopenAsync();
        Assert.Empty(await Backend.ListAsync(CancellationToken.None));
    }

    [Fact]
    public virtual async Task The_list_shows_databases_and_nothing_else()
    {
        foreach (string name in (string[])["b.db", "a.db", "dir/c.db", "B.db"])
        {
            SqliteConnection connection = await OpenAsync(name);
            connection.Execute("PRAGMA journal_mode=persist");
            connection.Fill(10);
            connection.Execute("DELETE FROM t");
        }
        await ReopenAsync();
        IReadOnlyList<DatabaseEntry> databases = await Storage.ListAsync();
        Assert.Equal(["B.db", "a.db", "b.db", "dir/c.db"], databases.Select(entry => entry.Path.Value));
        foreach (DatabaseEntry entry in databases)
            Assert.Equal(await LengthOfAsync(entry.Path.Value), entry.Length);
    }

    [Fact]
    public virtual async Task Databases_do_not_mix()
    {
        SqliteConnection first = await OpenAsync("first.db");
        SqliteConnection second = await OpenAsync("second.db");
        first.Fill(300, 'a');
        second.Fill(200, 'b');
        Assert.Equal(raw.SQLITE_OK, first.Try("BEGIN EXCLUSIVE"));
        Assert.Equal(raw.SQLITE_OK, second.Try("BEGIN EXCLUSIVE"));
        first.Execute("COMMIT");
        second.Execute("COMMIT");
        await ReopenAsync();
        first = await OpenAsync("first.db");
        second = await OpenAsync("second.db");
        Assert.Equal((300, 200), (first.Number("SELECT count(*) FROM t"), second.Number("SELECT count(*) FROM t")));
        CloseConnections();
        await Storage.DeleteAsync("first.db");
        second = await OpenAsync("second.db");
        Assert.Equal(200, second.Count('b'));
    }

    [Fact]
    public virtual async Task Names_may_be_long_nested_and_unusual()
    {
        int limit = StoragePath.MaxBytes - LongestSuffix;
        string longest = string.Join('/', new string('a', 120), new string('b', 120), new string('c', limit - 242));
        string[] names = ["deep/er/notes.db", "Straße/数据 ☃.db", "it's a; name=odd, 100% & #1.db", "no-extension", longest];
        foreach (string name in names)
        {
            SqliteConnection connection = await OpenAsync(name);
            connection.Execute("CREATE TABLE t (x); INSERT INTO t VALUES ($value)", name);
        }
        await ReopenAsync();
        foreach (string name in names)
        {
            SqliteConnection connection = await OpenAsync(name);
            Assert.Equal(name, connection.Scalar("SELECT x FROM t"));
            connection.Execute("BEGIN; UPDATE t SET x = 'changed'; ROLLBACK");
        }
        IReadOnlyList<DatabaseEntry> databases = await Storage.ListAsync();
        Assert.Equal(names.Order(StringComparer.Ordinal), databases.Select(entry => entry.Path.Value));
    }

    [Fact]
    public virtual async Task Names_that_break_the_rules_are_refused_everywhere()
    {
        string tooLong = string.Join('/', Enumerable.Repeat(new string('a', 99), 4));
        Assert.True(Encoding.UTF8.GetByteCount(tooLong) <= StoragePath.MaxBytes);
        foreach (string name in (string[])["", "../a.db", "/a.db", "a:b", "a\0b", "a.db-wal", tooLong])
        {
            await AssertInvalidAsync(async () => await Storage.OpenAsync(name));
            await AssertInvalidAsync(async () => await Storage.PrepareAsync(name));
            await AssertInvalidAsync(async () => await Storage.ExistsAsync(name));
            await AssertInvalidAsync(async () => await Storage.DeleteAsync(name));
            await AssertInvalidAsync(async () => await Storage.FlushAsync(name));
            await AssertInvalidAsync(() => Task.FromResult(Storage.GetConnectionString(name)));
        }
        Assert.Empty(await Backend.ListAsync(CancellationToken.None));

        static async Task AssertInvalidAsync(Func<Task> use)
            => Assert.Equal(StorageErrorKind.PathInvalid, (await Assert.ThrowsAsync<StorageException>(use)).Kind);
    }

    [Fact]
    public virtual async Task Preparing_makes_no_database_and_a_connection_string_opens_it()
    {
        await Storage.PrepareAsync(Database);
        await Storage.PrepareAsync(Database);
        Assert.False(await Storage.ExistsAsync(Database));
        using (var connection = new SqliteConnection(Storage.GetConnectionString(Database)))
        {
            connection.Open();
            connection.Fill(10);
        }
        await ReopenAsync();
        Assert.Equal(10, (await OpenAsync()).Count());
    }

    [Fact]
    public virtual async Task A_disposed_connection_leaves_nothing_behind()
    {
        SqliteConnection other = await OpenAsync();
        other.Execute("CREATE TABLE t (x)");
        foreach (Func<Task<SqliteConnection>> connect in (Func<Task<SqliteConnection>>[])[OpenedAsync, ByStringAsync])
        {
            using (SqliteConnection left = await connect())
            {
                left.Execute("CREATE TEMP TABLE temporary (x); ATTACH ':memory:' AS attached; PRAGMA recursive_triggers = on");
                left.Execute("BEGIN; INSERT INTO t VALUES (1)");
                SqliteCommand unfinished = left.CreateCommand();
                unfinished.CommandText = "SELECT * FROM t";
                Assert.True(unfinished.ExecuteReader().Read());
            }
            Assert.Equal(raw.SQLITE_OK, other.Try("INSERT INTO t VALUES (2)"));
            using SqliteConnection next = await connect();
            Assert.Equal(raw.SQLITE_OK, next.Try("BEGIN"));
            Assert.Equal(0, next.Number("SELECT count(*) FROM t WHERE x = 1"));
            Assert.Equal(0, next.Number("SELECT count(*) FROM sqlite_temp_schema"));
            Assert.Equal(0, next.Number("SELECT count(*) FROM pragma_database_list WHERE name = 'attached'"));
            Assert.Equal(0, next.Number("PRAGMA recursive_triggers"));
        }

        Task<SqliteConnection> OpenedAsync() => Storage.OpenAsync(Database).AsTask();

        Task<SqliteConnection> ByStringAsync()
        {
            var connection = new SqliteConnection(Storage.GetConnectionString(Database));
            connection.Open();
            return Task.FromResult(connection);
        }
    }

    [Fact]
    public virtual async Task A_flushed_commit_is_there()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(300);
        await Storage.FlushAsync(Database);
        await ReopenAsync();
        Assert.Equal(300, (await OpenAsync()).Count());
    }

    [Fact]
    public virtual async Task The_report_says_what_is_used()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(300);
        StorageReport report = await Storage.GetReportAsync();
        Assert.Equal(Services.GetRequiredService<BackendRegistration>().Name, report.Backend);
        Assert.Equal(Backend.Location, report.Location);
        Assert.Equal(Backend.Capabilities.Sharing, report.Sharing);
        Assert.Equal(Backend.Capabilities.Durability, report.Durability);
        Assert.Equal(UnderTest.Persistent, report.Persistent);
        Assert.NotEqual("", report.Reason);
        IReadOnlyList<StorageEntry> files = await Backend.ListAsync(CancellationToken.None);
        Assert.Equal(files.Sum(file => file.Length), report.UsedBytes);
        Assert.True(report.UsedBytes > 300_000);
    }

    [Fact]
    public virtual async Task The_storage_is_found_by_its_backends_name()
    {
        SqliteConnection connection = await OpenAsync();
        connection.Fill(10);
        string name = Services.GetRequiredService<BackendRegistration>().Name;
        IIsarStorage byName = Services.GetRequiredKeyedService<IIsarStorage>(name);
        Assert.True(await byName.ExistsAsync(Database));
        Assert.Throws<StorageException>(() => Services.GetRequiredKeyedService<IIsarStorage>("no-such-backend"));
    }
}
