using System.Globalization;
using System.Runtime.InteropServices;
using Isar.Storage.Sqlite;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>One write-ahead log for connections of this process, other processes of ours and <c>sqlite3</c> processes.</summary>
public sealed partial class WriteAheadLogTests
{
    private const string Schema = "PRAGMA journal_mode = wal; CREATE TABLE t (x)";
    private const string Count = "SELECT count(*) FROM t";

    public static TheoryData<Who, Who> Pairs => new()
    {
        { Who.Us, Who.Us },
        { Who.Us, Who.Stock },
        { Who.Stock, Who.Us },
        { Who.Us, Who.OurProcess },
        { Who.OurProcess, Who.Stock },
        { Who.Stock, Who.OurProcess },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Both_write_and_each_sees_what_the_other_commits(Who first, Who second)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        ISqlSession one = database.Open(first);
        ISqlSession two = database.Open(second);
        Assert.Equal("wal", await one.MustAsync("PRAGMA journal_mode"));
        for (int i = 1; i <= 10; i++)
        {
            await (i % 2 == 0 ? one : two).MustAsync($"INSERT INTO t VALUES ({i})");
            string expected = i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal((expected, expected), (await one.MustAsync(Count), await two.MustAsync(Count)));
        }
        Assert.True(File.Exists(Log(database)) && File.Exists(Index(database)));
        Assert.Equal("ok", await one.MustAsync("PRAGMA integrity_check"));
        Assert.Equal("ok", await two.MustAsync("PRAGMA integrity_check"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_reader_holds_no_commit_back_and_sees_none_until_it_begins_again(Who reading, Who writing)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        ISqlSession reader = database.Open(reading);
        ISqlSession writer = database.Open(writing);
        await reader.MustAsync("BEGIN");
        Assert.Equal("0", await reader.MustAsync(Count));
        await writer.MustAsync("INSERT INTO t VALUES (1)");
        await writer.MustAsync("BEGIN; INSERT INTO t VALUES (2)");
        Assert.Equal("0", await reader.MustAsync(Count));
        Assert.Equal(raw.SQLITE_BUSY, await reader.TryAsync("INSERT INTO t VALUES (3)") & 0xff);
        await reader.MustAsync("COMMIT");
        Assert.Equal("1", await reader.MustAsync(Count));
        await writer.MustAsync("COMMIT");
        Assert.Equal("2", await reader.MustAsync(Count));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task One_writes_at_a_time(Who first, Who second)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        ISqlSession one = database.Open(first);
        ISqlSession two = database.Open(second);
        await one.MustAsync("BEGIN IMMEDIATE");
        Assert.Equal(raw.SQLITE_BUSY, await two.TryAsync("BEGIN IMMEDIATE") & 0xff);
        await one.MustAsync("ROLLBACK");
        await two.MustAsync("BEGIN IMMEDIATE");
        Assert.Equal(raw.SQLITE_BUSY, await one.TryAsync("BEGIN IMMEDIATE") & 0xff);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_checkpoint_waits_for_what_a_reader_still_needs(Who reading, Who writing)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        ISqlSession reader = database.Open(reading);
        ISqlSession writer = database.Open(writing);
        await writer.MustAsync("INSERT INTO t VALUES (1)");
        await reader.MustAsync("BEGIN");
        Assert.Equal("1", await reader.MustAsync(Count));
        await writer.MustAsync("INSERT INTO t VALUES (2)");
        Assert.StartsWith("1|", await writer.MustAsync("PRAGMA wal_checkpoint(TRUNCATE)"), StringComparison.Ordinal);
        Assert.Equal("1", await reader.MustAsync(Count));
        await reader.MustAsync("COMMIT");
        Assert.Equal("0|0|0", await writer.MustAsync("PRAGMA wal_checkpoint(TRUNCATE)"));
        Assert.Equal(0, new FileInfo(Log(database)).Length);
        Assert.Equal("2", await reader.MustAsync(Count));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task The_last_to_leave_takes_log_and_index_away(Who first, Who last)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        ISqlSession one = database.Open(first);
        ISqlSession two = database.Open(last);
        await one.MustAsync("INSERT INTO t VALUES (1)");
        await two.MustAsync("INSERT INTO t VALUES (2)");
        await LeaveAsync(one);
        Assert.True(File.Exists(Log(database)) && File.Exists(Index(database)));
        await two.MustAsync("INSERT INTO t VALUES (3)");
        await LeaveAsync(two);
        Assert.Equal([database.File], Directory.GetFiles(database.Folder));
        Assert.Empty(database.Log.Exceptions);
        Assert.Equal("3 wal", await database.Open(Who.Stock).MustAsync($"{Count}; PRAGMA journal_mode"));
    }

    /// <summary>A program without the right to make files beside the database can then go on reading it.</summary>
    [Fact]
    public async Task Log_and_index_stay_if_the_last_to_leave_wants_them_to()
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        await using (SqliteConnection connection = await database.Storage.OpenAsync(SharedDatabase.Name))
        {
            int persist = 1;
            Assert.Equal(raw.SQLITE_OK, Control(connection.Handle!.DangerousGetHandle(), "main", FileControl.PersistWal, ref persist));
            Database.Execute(connection, "INSERT INTO t VALUES (1)");
        }
        Assert.True(File.Exists(Log(database)) && File.Exists(Index(database)));
        ISqlSession stock = database.Open(Who.Stock);
        Assert.Equal("1 ok", await stock.MustAsync($"{Count}; PRAGMA integrity_check"));
    }

    [Theory]
    [InlineData(Who.Stock, Who.Us)]
    [InlineData(Who.OurProcess, Who.Stock)]
    [InlineData(Who.OurProcess, Who.Us)]
    public async Task What_a_killed_process_has_committed_is_there(Who dying, Who next)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        SqlProcess writer = database.OpenProcess(dying);
        await writer.MustAsync("INSERT INTO t VALUES (1)");
        await writer.MustAsync("PRAGMA cache_size = 5; BEGIN; WITH RECURSIVE i(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM i WHERE k < 500) "
            + "INSERT INTO t SELECT randomblob(3000) FROM i");
        await writer.KillAsync();
        Assert.True(new FileInfo(Log(database)).Length > 100_000, "Nothing of the transaction was written: the case shows nothing.");
        ISqlSession reader = database.Open(next);
        Assert.Equal("1", await reader.MustAsync(Count));
        Assert.Equal("ok", await reader.MustAsync("PRAGMA integrity_check"));
    }

    [Fact]
    public async Task A_database_that_others_have_open_is_neither_deleted_nor_left_without_its_log()
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        ISqlSession stock = database.Open(Who.Stock);
        await stock.MustAsync("INSERT INTO t VALUES (1)");
        StorageException refused = await Assert.ThrowsAsync<StorageException>(() => database.Storage.DeleteAsync(SharedDatabase.Name).AsTask());
        Assert.Equal(StorageErrorKind.Busy, refused.Kind);
        Assert.Equal([SharedDatabase.Name], (await database.Storage.ListAsync()).Select(entry => entry.Path.Value));
        Assert.Equal("1", await stock.MustAsync(Count));

        await LeaveAsync(stock);
        // What a crash leaves goes with the database.
        await File.WriteAllTextAsync(Log(database), "left");
        await File.WriteAllTextAsync(Index(database), "left");
        Assert.True(await database.Storage.DeleteAsync(SharedDatabase.Name));
        Assert.Empty(Directory.GetFiles(database.Folder));
    }

    [Fact]
    public async Task An_export_has_what_only_the_log_has()
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        ISqlSession stock = database.Open(Who.Stock);
        await stock.MustAsync("PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (1)");
        using var exported = new MemoryStream();
        await database.Storage.ExportAsync(SharedDatabase.Name, exported);
        await stock.MustAsync("INSERT INTO t VALUES (2)");
        await database.Storage.BackupAsync(SharedDatabase.Name, "backup.db");
        exported.Position = 0;
        await database.Storage.ImportAsync("imported.db", exported);
        Assert.Equal(
            ["backup.db", "imported.db", SharedDatabase.Name], (await database.Storage.ListAsync()).Select(entry => entry.Path.Value).Order());
        Assert.Equal((1L, "wal"), await ReadAsync(database, "imported.db"));
        Assert.Equal(2L, (await ReadAsync(database, "backup.db")).Rows);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(1024)]
    public async Task An_import_replaces_what_log_and_database_have(int pageSize)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        await using SharedDatabase other = await SharedDatabase.CreateAsync(
            $"PRAGMA page_size = {pageSize}; CREATE TABLE t (x); INSERT INTO t VALUES (7)");
        await using (SqliteConnection connection = await database.Storage.OpenAsync(SharedDatabase.Name))
            Database.Execute(connection, "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
        using (var file = new MemoryStream(await File.ReadAllBytesAsync(other.File)))
            await database.Storage.ImportAsync(SharedDatabase.Name, file);
        Assert.Equal((1L, "wal"), await ReadAsync(database, SharedDatabase.Name));
        Assert.Equal($"7 {pageSize} ok", await database.Open(Who.Stock).MustAsync("SELECT x FROM t; PRAGMA page_size; PRAGMA integrity_check"));
    }

    /// <summary>Money goes from one account to another, and every reader must find all of it, whenever it looks.</summary>
    [Fact]
    public async Task Processes_that_read_beside_processes_that_write_see_whole_transactions_only()
    {
        const int Each = 400;
        await using SharedDatabase database = await SharedDatabase.CreateAsync(
            "PRAGMA journal_mode = wal; CREATE TABLE account (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO account VALUES (1, 0), (2, 0)");
        SqlProcess[] writers = [database.OpenProcess(Who.OurProcess), database.OpenProcess(Who.Stock)];
        SqlProcess[] readers = [database.OpenProcess(Who.OurProcess), database.OpenProcess(Who.Stock)];
        foreach (SqlProcess process in (SqlProcess[])[.. writers, .. readers])
        {
            await process.WriteAsync(".timeout 100000\n");
            await process.MustAsync("PRAGMA wal_autocheckpoint = 20");
        }
        await Task.WhenAll(
        [
            .. writers.Select(process => RepeatAsync(process, Each, "BEGIN IMMEDIATE; UPDATE account SET v = v + 1 WHERE id = 1; "
                + "UPDATE account SET v = v - 1 WHERE id = 2; COMMIT; SELECT 'done';", "done")),
            .. readers.Select(process => RepeatAsync(process, Each, "SELECT sum(v) FROM account;", "0")),
        ]);
        string end = await database.Open(Who.Us).MustAsync("SELECT v FROM account WHERE id = 1; PRAGMA integrity_check");
        Assert.Equal($"{writers.Length * Each} ok", end);

        static async Task RepeatAsync(SqlProcess process, int count, string sql, string answer)
        {
            await process.WriteAsync(string.Concat(Enumerable.Repeat(sql + "\n", count)));
            process.EndInput();
            int answers = 0;
            for (; await process.ReadLineAsync() is { } line; answers++)
                Assert.Equal(answer, line);
            Assert.Equal(count, answers);
        }
    }

    /// <summary>All of them share memory, each by a mapping of its own.</summary>
    [Fact]
    public async Task Threads_of_one_process_lose_no_increment()
    {
        const int Each = 100;
        await using SharedDatabase database = await SharedDatabase.CreateAsync(
            "PRAGMA journal_mode = wal; CREATE TABLE n (v INTEGER); INSERT INTO n VALUES (0)");
        ISqlSession[] sessions = [.. Enumerable.Range(0, 6).Select(_ => database.Open(Who.Us))];
        await Task.WhenAll(sessions.Select(async session =>
        {
            await session.MustAsync("PRAGMA busy_timeout = 100000");
            for (int i = 0; i < Each; i++)
                await session.MustAsync("BEGIN IMMEDIATE; UPDATE n SET v = v + 1; COMMIT; SELECT v FROM n");
        }));
        foreach (ISqlSession session in sessions)
            Assert.Equal($"{sessions.Length * Each}", await session.MustAsync("SELECT v FROM n"));
        Assert.Equal("ok", await database.Open(Who.Stock).MustAsync("PRAGMA integrity_check"));
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Control(nint connection, string database, int opcode, ref int argument);

    private static string Log(SharedDatabase database) => database.File + "-wal";

    private static string Index(SharedDatabase database) => database.File + "-shm";

    private static async Task LeaveAsync(ISqlSession session)
    {
        if (session is SqlProcess process)
            await process.EndAsync();
        else
            await session.DisposeAsync();
    }

    private static async Task<(long Rows, string Mode)> ReadAsync(SharedDatabase database, string name)
    {
        await using SqliteConnection connection = await database.Storage.OpenAsync(name);
        Assert.Equal("ok", Database.Execute(connection, "PRAGMA integrity_check"));
        return ((long)Database.Execute(connection, Count)!, (string)Database.Execute(connection, "PRAGMA journal_mode")!);
    }
}
