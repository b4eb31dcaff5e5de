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
}
