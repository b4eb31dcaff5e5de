using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>
/// A process that closes a file loses all its traditional locks on it, through whichever handle they were taken
/// (<see href="https://sqlite.org/howtocorrupt.html">How To Corrupt An SQLite Database File</see>, section 2.2). Ours are of another kind.
/// </summary>
public sealed class ClosingTests
{
    [Theory]
    [InlineData("BEGIN; SELECT count(*) FROM t", "BEGIN EXCLUSIVE")]
    [InlineData("BEGIN IMMEDIATE", "BEGIN IMMEDIATE")]
    [InlineData("BEGIN EXCLUSIVE", "SELECT count(*) FROM t")]
    public async Task Closing_the_file_elsewhere_in_the_process_drops_no_lock(string held, string refused)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        ISqlSession stock = database.Open(Who.Stock);
        ISqlSession holder = database.Open(Who.Us);
        await holder.MustAsync(held);
        Assert.Equal(raw.SQLITE_BUSY, await stock.TryAsync(refused));

        await using (ISqlSession other = database.Open(Who.Us))
            await other.RunAsync("SELECT count(*) FROM t");
        Assert.Equal(raw.SQLITE_BUSY, await stock.TryAsync(refused));

        await using (FileStream file = File.Open(database.File, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
            Assert.NotEqual(-1, file.ReadByte());
        Assert.Equal(raw.SQLITE_BUSY, await stock.TryAsync(refused));

        await database.Storage.FlushAsync(Path.GetFileName(database.File));
        Assert.Equal(raw.SQLITE_BUSY, await stock.TryAsync(refused));

        await holder.MustAsync("ROLLBACK");
        Assert.Equal(raw.SQLITE_OK, await stock.TryAsync(refused));
    }
}
