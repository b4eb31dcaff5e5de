using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>
/// A database file that is renamed, replaced or deleted while it is open. A journal would then stand beside a file that it does not belong to.
/// </summary>
public sealed class MovedDatabaseTests
{
    private const int Moved = raw.SQLITE_READONLY | (4 << 8);

    public static TheoryData<string, string> Moves
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string mode in (string[])["delete", "truncate", "persist", "wal"])
            {
                foreach (string move in (string[])["renamed", "replaced", "deleted", "directory renamed"])
                    data.Add(mode, move);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Moves))]
    public async Task A_database_that_has_moved_is_read_but_not_written(string mode, string move)
    {
        // Windows does not say it of an open file.
        if (OperatingSystem.IsWindows())
            return;
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
        ISqlSession session = database.Open(Who.Us);
        await session.MustAsync($"PRAGMA journal_mode = {mode}; UPDATE t SET x = 2");
        string copy = Path.Combine(database.Folder, "copy");
        File.Copy(database.File, copy);
        byte[] before = await File.ReadAllBytesAsync(copy);
        switch (move)
        {
            case "renamed":
                File.Move(database.File, database.File + ".old");
                break;
            case "replaced":
                File.Move(copy, database.File, overwrite: true);
                break;
            case "deleted":
                File.Delete(database.File);
                break;
            default:
                Directory.Move(database.Folder, database.Folder + ".old");
                break;
        }
        Assert.Equal(Moved, await session.TryAsync("INSERT INTO t VALUES (3)"));
        Assert.Equal(Moved, await session.TryAsync("BEGIN EXCLUSIVE; INSERT INTO t VALUES (3); COMMIT"));
        await session.TryAsync("ROLLBACK");
        Assert.Equal("2", await session.MustAsync("SELECT x FROM t"));
        if (Directory.Exists(database.Folder + ".old"))
            Directory.Move(database.Folder + ".old", database.Folder);
        Assert.True(mode == "persist" || !File.Exists(database.Journal) || new FileInfo(database.Journal).Length == 0);
        if (move == "replaced")
            Assert.Equal(before, await File.ReadAllBytesAsync(database.File));
    }

    [Theory]
    [InlineData(Who.OurProcess, "")]
    [InlineData(Who.OurProcess, "BEGIN; SELECT * FROM t")]
    [InlineData(Who.Us, "")]
    [InlineData(Who.Stock, "BEGIN; SELECT * FROM t")]
    [InlineData(Who.Stock, "BEGIN IMMEDIATE")]
    public async Task A_database_that_is_open_elsewhere_is_not_deleted(Who who, string sql)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
        ISqlSession other = database.Open(who);
        await other.MustAsync(sql);
        await using ServiceProvider services = database.CreateServices();
        IIsarStorage here = services.GetRequiredService<IIsarStorage>();
        StorageException busy = await Assert.ThrowsAsync<StorageException>(() => here.DeleteAsync(SharedDatabase.Name).AsTask());
        Assert.Equal(StorageErrorKind.Busy, busy.Kind);
        await other.MustAsync("SELECT * FROM t");
        await other.DisposeAsync();
        Assert.True(await here.DeleteAsync(SharedDatabase.Name));
        Assert.Empty(Directory.EnumerateFiles(database.Folder));
    }
}
