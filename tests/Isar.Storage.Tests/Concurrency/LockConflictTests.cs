using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>
/// Every lock held by one connection, every lock wanted by another one. What the <c>sqlite3</c> program does among its own kind is one of
/// the cases, so that the expectation is SQLite's and not ours.
/// </summary>
public sealed class LockConflictTests
{
    private const string Read = "SELECT count(*) FROM t";
    private const string Write = "BEGIN IMMEDIATE";
    private const string Exclude = "BEGIN EXCLUSIVE";

    public static TheoryData<Who, Who> Pairs => new()
    {
        { Who.Stock, Who.Stock },
        { Who.Us, Who.Stock },
        { Who.Stock, Who.Us },
        { Who.Us, Who.Us },
        { Who.Us, Who.OurProcess },
        { Who.OurProcess, Who.Us },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_reader_keeps_exclusive_away(Who holder, Who other)
    {
        await using SharedDatabase database = await CreateAsync();
        ISqlSession reader = database.Open(holder);
        await reader.MustAsync("BEGIN; " + Read);
        await AssertAsync(database.Open(other), read: true, write: true, exclude: false);
        await reader.MustAsync("COMMIT");
        await AssertAsync(database.Open(other), read: true, write: true, exclude: true);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_writer_keeps_writers_away(Who holder, Who other)
    {
        await using SharedDatabase database = await CreateAsync();
        ISqlSession writer = database.Open(holder);
        await writer.MustAsync("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
        await AssertAsync(database.Open(other), read: true, write: false, exclude: false);
        await writer.MustAsync("COMMIT");
        await AssertAsync(database.Open(other), read: true, write: true, exclude: true);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_commit_that_waits_for_a_reader_keeps_new_ones_away(Who holder, Who other)
    {
        await using SharedDatabase database = await CreateAsync();
        ISqlSession writer = database.Open(holder);
        ISqlSession reader = database.Open(other);
        ISqlSession late = database.Open(other);
        await late.MustAsync(Read);
        await reader.MustAsync("BEGIN; " + Read);
        await writer.MustAsync("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
        await AssertAsync(late, read: true, write: false, exclude: false);
        Assert.Equal(raw.SQLITE_BUSY, await writer.TryAsync("COMMIT"));
        await AssertAsync(late, read: false, write: false, exclude: false);
        Assert.Equal("1", await reader.MustAsync(Read));
        await reader.MustAsync("COMMIT");
        await writer.MustAsync("COMMIT");
        await AssertAsync(late, read: true, write: true, exclude: true);
        Assert.Equal("2", await late.MustAsync(Read));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Exclusive_keeps_everybody_away(Who holder, Who other)
    {
        await using SharedDatabase database = await CreateAsync();
        ISqlSession late = database.Open(other);
        await late.MustAsync(Read);
        ISqlSession writer = database.Open(holder);
        await writer.MustAsync("BEGIN EXCLUSIVE");
        await AssertAsync(late, read: false, write: false, exclude: false);
        await writer.MustAsync("COMMIT");
        await AssertAsync(late, read: true, write: true, exclude: true);
    }

    /// <summary>A refused reader that wants to write keeps its snapshot: had it let go of its lock, the other's commit would have passed.</summary>
    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Of_two_readers_that_want_to_write_one_is_refused(Who holder, Who other)
    {
        await using SharedDatabase database = await CreateAsync();
        ISqlSession first = database.Open(holder);
        ISqlSession second = database.Open(other);
        await first.MustAsync("BEGIN; " + Read);
        await second.MustAsync("BEGIN; " + Read);
        await first.MustAsync("INSERT INTO t VALUES (1)");
        Assert.Equal(raw.SQLITE_BUSY, await second.TryAsync("INSERT INTO t VALUES (2)"));
        Assert.Equal(raw.SQLITE_BUSY, await first.TryAsync("COMMIT"));
        Assert.Equal("1", await second.MustAsync(Read));
        await second.MustAsync("ROLLBACK");
        await first.MustAsync("COMMIT");
        Assert.Equal("2", await second.MustAsync(Read));
    }

    private static Task<SharedDatabase> CreateAsync() => SharedDatabase.CreateAsync("CREATE TABLE t (x); INSERT INTO t VALUES (0)");

    private static async Task AssertAsync(ISqlSession session, bool read, bool write, bool exclude)
    {
        foreach ((string sql, bool granted) in ((string, bool)[])[(Read, read), (Write, write), (Exclude, exclude)])
        {
            int code = await session.TryAsync(sql);
            Assert.True(code == (granted ? raw.SQLITE_OK : raw.SQLITE_BUSY), $"\"{sql}\" gave {code}.");
            if (granted && sql != Read)
                await session.MustAsync("ROLLBACK");
        }
    }
}
