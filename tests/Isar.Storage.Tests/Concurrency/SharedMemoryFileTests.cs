using System.Diagnostics;
using Isar.Storage.Tests.Backends;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>The file <c>-shm</c> as the <c>sqlite3</c> program makes, locks and reads it, beside how we do.</summary>
public sealed class SharedMemoryFileTests
{
    private const string Schema = "PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)";
    private const string Read = "SELECT count(*) FROM t";

    private static readonly string[] _steps =
    [
        Read,
        "INSERT INTO t VALUES (2)",
        "BEGIN",
        Read,
        "INSERT INTO t VALUES (3)",
        "COMMIT",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "BEGIN",
        Read,
        "ROLLBACK",
        "BEGIN EXCLUSIVE",
        "ROLLBACK",
    ];

    [Fact]
    public async Task We_lock_the_bytes_that_sqlite_locks()
    {
        string[] stock = await LocksAfterEachStepAsync(Who.Stock);
        Assert.Contains(stock, locks => locks.Contains("WRITE 120-120", StringComparison.Ordinal));
        Assert.Equal(stock, await LocksAfterEachStepAsync(Who.Us));
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead)]
    public async Task It_has_the_permissions_of_the_database(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (Who who in (Who[])[Who.Stock, Who.Us])
        {
            await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
            File.SetUnixFileMode(database.File, mode);
            await database.Open(who).MustAsync("INSERT INTO t VALUES (2)");
            Assert.Equal((mode, mode), (File.GetUnixFileMode(database.File + "-shm"), File.GetUnixFileMode(database.File + "-wal")));
        }
    }

    /// <summary>What root makes beside a database must be its owner's to use.</summary>
    [RootTheory]
    [InlineData(Who.Stock)]
    [InlineData(Who.Us)]
    public async Task It_belongs_to_the_owner_of_the_database(Who who)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        await RunAsync("chown", "1234:2345", database.File);
        await database.Open(who).MustAsync("INSERT INTO t VALUES (2)");
        Assert.Equal("1234:2345", await RunAsync("stat", "-c", "%u:%g", database.File + "-shm"));
    }

    /// <summary>Through a link in its place others could choose what is written.</summary>
    [Theory]
    [InlineData(Who.Stock)]
    [InlineData(Who.Us)]
    public async Task A_link_in_its_place_is_not_followed(Who who)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        string elsewhere = database.File + "-elsewhere";
        await File.WriteAllTextAsync(elsewhere, "of the app");
        File.CreateSymbolicLink(database.File + "-shm", elsewhere);
        Assert.NotEqual(raw.SQLITE_OK, await database.Open(who).TryAsync(Read));
        Assert.Equal("of the app", await File.ReadAllTextAsync(elsewhere));
    }

    [Fact]
    public async Task Through_a_link_that_leads_outside_there_is_no_log()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using SharedDatabase database = await SharedDatabase.CreateAsync("CREATE TABLE t (x)");
        string outside = Directory.CreateTempSubdirectory().FullName;
        try
        {
            File.CreateSymbolicLink(Path.Combine(database.Folder, "link.db"), Path.Combine(outside, "real.db"));
            await File.WriteAllBytesAsync(Path.Combine(outside, "real.db"), []);
            await using ServiceProvider services = database.CreateServices();
            await using SqliteConnection connection = await services.GetRequiredService<IIsarStorage>().OpenAsync("link.db");
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL";
            Assert.Equal("delete", await command.ExecuteScalarAsync());
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    /// <summary>
    /// With <c>readonly_shm</c> a connection reads the index of others. Without others it makes one of its own, in its own memory: what is in
    /// the file may be old.
    /// </summary>
    [Theory]
    [InlineData("others have it open")]
    [InlineData("others were killed")]
    [InlineData("nobody was there")]
    public async Task A_connection_that_only_reads_it_does_what_sqlite_does(string situation)
    {
        List<string> answers = [];
        foreach (Who who in (Who[])[Who.Stock, Who.Us])
        {
            await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
            SqlProcess other = database.OpenProcess(Who.Stock);
            if (situation != "nobody was there")
                await other.MustAsync("INSERT INTO t VALUES (2)");
            if (situation == "others were killed")
                await other.KillAsync();
            ISqlSession reader = database.OpenUri(who, "readonly_shm=1");
            SqlAnswer read = await reader.RunAsync(Read);
            SqlAnswer write = await reader.RunAsync("INSERT INTO t VALUES (3)");
            SqlAnswer again = await reader.RunAsync(Read);
            if (situation == "others have it open")
                await other.MustAsync("INSERT INTO t VALUES (4)");
            SqlAnswer later = await reader.RunAsync(Read);
            answers.Add(string.Join("; ", ((SqlAnswer[])[read, write, again, later]).Select(a => $"{a.Code & 0xff} {string.Join(',', a.Rows)}")));
        }
        Assert.Equal(answers[0], answers[1]);
        Assert.Equal(situation == "others have it open", answers[0].EndsWith("0 3", StringComparison.Ordinal));
    }

    private static async Task<string[]> LocksAfterEachStepAsync(Who who)
    {
        await using SharedDatabase database = await SharedDatabase.CreateAsync(Schema);
        ISqlSession session = database.Open(who);
        List<string> locks = [];
        foreach (string step in _steps)
        {
            await session.MustAsync(step);
            locks.Add($"{step}: {await LocksOfAsync(database.File + "-shm")} | {await LocksOfAsync(database.File)}");
        }
        return [.. locks];
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(SqlProcess.Patience);
        await process.WaitForExitAsync().WaitAsync(SqlProcess.Patience);
        return output.Trim();
    }

    /// <summary>The system's list has a lock twice when others change theirs while it is read.</summary>
    private static async Task<string> LocksOfAsync(string file) => string.Join(", ", (await KernelLocks.OfAsync(file)).Distinct());
}
