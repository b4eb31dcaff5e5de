using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>A write-ahead log needs shared memory, which we do not have: who meets one is refused, and nothing is damaged.</summary>
public sealed class WriteAheadLogTests
{
    [Fact]
    public async Task A_database_in_wal_mode_is_refused_until_it_is_changed_back()
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        ISqlSession us = database.Open(Who.Us);
        Assert.Equal("0", await us.MustAsync("SELECT count(*) FROM t"));
        ISqlSession stock = database.Open(Who.Stock);
        Assert.Equal("wal", await stock.MustAsync("PRAGMA journal_mode = wal"));
        await stock.MustAsync("INSERT INTO t VALUES (1)");

        Assert.Equal(raw.SQLITE_CANTOPEN, await us.TryAsync("SELECT count(*) FROM t"));
        Assert.Equal(raw.SQLITE_CANTOPEN, await us.TryAsync("BEGIN IMMEDIATE"));
        StorageException refused = await Assert.ThrowsAsync<StorageException>(
            () => database.Storage.OpenAsync(Path.GetFileName(database.File)).AsTask());
        Assert.Equal(StorageErrorKind.Unavailable, refused.Kind);
        Assert.Contains("journal_mode=WAL", refused.Message, StringComparison.Ordinal);

        await stock.MustAsync("INSERT INTO t VALUES (2)");
        Assert.Equal("ok", await stock.MustAsync("PRAGMA integrity_check"));
        Assert.Equal("delete", await stock.MustAsync("PRAGMA journal_mode = delete"));
        Assert.Equal("2", await us.MustAsync("SELECT count(*) FROM t"));
    }

    /// <summary>SQLite itself says only "unable to open database file".</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_log_says_once_why_a_connection_string_is_of_no_use(bool isOpenBefore)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        ISqlSession? before = isOpenBefore ? database.Open(Who.Us) : null;
        ISqlSession stock = database.Open(Who.Stock);
        await stock.MustAsync("PRAGMA journal_mode = wal; INSERT INTO t VALUES (1)");
        // Without others the log goes when it is closed, and only the header tells.
        if (!isOpenBefore)
            await ((SqlProcess)stock).EndAsync();
        ISqlSession us = before ?? database.Open(Who.Us);
        Assert.Equal(raw.SQLITE_CANTOPEN, await us.TryAsync("SELECT * FROM t"));
        Assert.Equal(raw.SQLITE_CANTOPEN, await us.TryAsync("SELECT * FROM t"));
        Exception told = Assert.Single(database.Log.Exceptions);
        Assert.Contains("journal_mode=WAL", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_has_the_database_alone_is_told_nothing()
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync("PRAGMA journal_mode = wal; CREATE TABLE t (x)");
        ISqlSession us = database.Open(Who.Us);
        Assert.Equal("exclusive wal", await us.MustAsync("PRAGMA locking_mode = exclusive; PRAGMA journal_mode"));
        await us.MustAsync("INSERT INTO t VALUES (1)");
        await us.DisposeAsync();
        Assert.Empty(database.Log.Exceptions);
    }
}
