using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>The journal of another process: left alone while that process lives, rolled back when it is dead.</summary>
public sealed class HotJournalTests
{
    private const string Sum = "SELECT count(*), count(DISTINCT x), hex(min(x)) FROM (SELECT substr(x, 1, 4) AS x FROM t)";

    // With a cache of so few pages SQLite writes into the database before the commit.
    private const string Spill = "PRAGMA cache_size = 5; BEGIN; UPDATE t SET x = randomblob(3000)";

    public static TheoryData<Who, Who> Pairs => new() { { Who.Stock, Who.Us }, { Who.OurProcess, Who.Stock }, { Who.OurProcess, Who.Us } };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_killed_transaction_is_rolled_back_by_the_next_process(Who dying, Who next)
    {
        await using SharedDatabase database = await CreateAsync();
        ISqlSession reader = database.Open(next);
        SqlProcess writer = database.OpenProcess(dying);
        byte[] before = await ReadAsync(database.File);
        await writer.MustAsync(Spill);
        Assert.Equal(raw.SQLITE_BUSY, await reader.TryAsync(Sum));
        await writer.KillAsync();
        Assert.NotEqual(before, await ReadAsync(database.File));
        Assert.True(new FileInfo(database.Journal).Length > 0);

        Assert.Equal("200|1|00000000", await reader.MustAsync(Sum));
        Assert.Equal(before, await ReadAsync(database.File));
        Assert.False(File.Exists(database.Journal));
        Assert.Equal("ok", await reader.MustAsync("PRAGMA integrity_check"));
        await reader.MustAsync("BEGIN EXCLUSIVE; COMMIT");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_journal_of_a_transaction_in_progress_is_not_touched(Who writing, Who reading)
    {
        await using SharedDatabase database = await CreateAsync();
        ISqlSession reader = database.Open(reading);
        SqlProcess writer = database.OpenProcess(writing);
        // With this a journal looks whole from its first byte on, so that nothing but the lock tells that it was not left over.
        await writer.MustAsync("PRAGMA synchronous = OFF; BEGIN IMMEDIATE; UPDATE t SET x = randomblob(3000)");
        byte[] before = await ReadAsync(database.Journal);
        Assert.NotEqual(0, before[0]);
        Assert.Equal("200|1|00000000", await reader.MustAsync(Sum));
        Assert.Equal(before, await ReadAsync(database.Journal));
        await writer.MustAsync("COMMIT");
        Assert.StartsWith("200|200|", await reader.MustAsync(Sum), StringComparison.Ordinal);
    }

    /// <summary>Both find the journal; neither may take the other's attempt to roll it back for a transaction in progress.</summary>
    [Fact]
    public async Task Many_that_find_a_journal_at_once_all_see_it_rolled_back()
    {
        await using SharedDatabase database = await CreateAsync();
        SqlProcess writer = database.OpenProcess(Who.Stock);
        ISqlSession[] readers = [.. ((Who[])[Who.Us, Who.Us, Who.OurProcess, Who.Stock, Who.Us, Who.Stock]).Select(database.Open)];
        foreach (ISqlSession reader in readers)
        {
            await reader.MustAsync("PRAGMA busy_timeout = 100000");
            await reader.MustAsync("SELECT 1 FROM t");
        }
        await writer.MustAsync(Spill);
        await writer.KillAsync();
        string[] sums = await Task.WhenAll(readers.Select(reader => reader.MustAsync(Sum)));
        Assert.All(sums, sum => Assert.Equal("200|1|00000000", sum));
    }

    /// <summary>
    /// For SQLite an empty file does not exist, but a directory does: it takes it for a journal. The <c>sqlite3</c> program is the reference.
    /// Its VFS opens the directory, and then cannot read it.
    /// </summary>
    [Theory]
    [InlineData(Who.Stock, "-wal", false, raw.SQLITE_OK)]
    [InlineData(Who.Us, "-wal", false, raw.SQLITE_OK)]
    [InlineData(Who.Stock, "-journal", false, raw.SQLITE_OK)]
    [InlineData(Who.Us, "-journal", false, raw.SQLITE_OK)]
    [InlineData(Who.Stock, "-journal", true, raw.SQLITE_IOERR)]
    [InlineData(Who.Us, "-journal", true, raw.SQLITE_CANTOPEN)]
    public async Task What_is_empty_beside_a_database_is_not_there(Who who, string suffix, bool isDirectory, int code)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        if (isDirectory)
            Directory.CreateDirectory(database.File + suffix);
        else
            await File.WriteAllBytesAsync(database.File + suffix, []);
        Assert.Equal(code, await database.Open(who).TryAsync("SELECT * FROM t") & 0xff);
    }

    private static Task<SharedDatabase> CreateAsync() => SharedDatabase.CreateAsync(
        "CREATE TABLE t (x); WITH RECURSIVE i(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM i WHERE k < 200) "
        + "INSERT INTO t SELECT zeroblob(3000) FROM i");

    /// <summary>Reads beside open connections; File.ReadAllBytes would ask for the file alone.</summary>
    private static async Task<byte[]> ReadAsync(string path)
    {
        await using FileStream file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] content = new byte[file.Length];
        await file.ReadExactlyAsync(content);
        return content;
    }
}
