using System.Globalization;
using Xunit;

namespace Isar.Storage.Tests.Concurrency.Copies;

/// <summary>
/// A database into which two processes of ours write, and of which every copy can be asked whether it is a committed state: money goes from
/// one account to the other, and each transfer is recorded with a number of its writer's.
/// </summary>
internal sealed class Ledger : IAsyncDisposable
{
    private const int Writers = 2;

    private const string Schema = "CREATE TABLE account (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO account VALUES (1, 0), (2, 0); "
        + "CREATE TABLE transfer (id INTEGER PRIMARY KEY, writer INTEGER, n INTEGER, data BLOB); CREATE INDEX by_writer ON transfer (writer, n)";

    // The data makes a transaction change several pages, so that a part of it would show.
    private const string Transfer = "BEGIN IMMEDIATE; UPDATE account SET v = v + 1 WHERE id = 1; "
        + "INSERT INTO transfer (writer, n, data) SELECT {0}, coalesce(max(n), 0) + 1, randomblob(3000) FROM transfer WHERE writer = {0}; "
        + "UPDATE account SET v = v - 1 WHERE id = 2; COMMIT";

    private readonly int[] _acknowledged = new int[Writers];
    private readonly SemaphoreSlim _commits = new(0);
    private SqlProcess[] _processes = [];
    private Task _writing = Task.CompletedTask;
    private volatile bool _isStopping;

    private Ledger(SharedDatabase database) => Database = database;

    public SharedDatabase Database { get; }

    /// <summary>Gets how many transfers were acknowledged so far.</summary>
    public int Acknowledged => _acknowledged.Sum(count => Volatile.Read(ref count));

    /// <summary>Gets how many transfers are committed at most: one of each writer may be without its answer.</summary>
    public int Possible => Acknowledged + Writers;

    /// <summary>Makes one as this library makes a database.</summary>
    public static async Task<Ledger> CreateAsync()
    {
        var ledger = new Ledger(new SharedDatabase());
        await using (SqlProcess us = ledger.Database.OpenProcess(Who.OurProcess))
        {
            await us.MustAsync(Schema);
            Assert.Equal("wal", await us.MustAsync("PRAGMA journal_mode"));
            await us.EndAsync();
        }
        return ledger;
    }

    /// <summary>Starts the writers, again after <see cref="StopAsync"/>.</summary>
    /// <param name="pragma">What their connections set.</param>
    public async Task WriteAsync(string pragma = "")
    {
        _isStopping = false;
        _processes = [.. Enumerable.Range(0, Writers).Select(_ => Database.OpenProcess(Who.OurProcess))];
        foreach (SqlProcess process in _processes)
        {
            await process.WriteAsync(".timeout 100000\n");
            await process.MustAsync(pragma);
        }
        _writing = Task.WhenAll(_processes.Select(RepeatAsync));
    }

    /// <summary>Waits until so many transfers more are acknowledged than there are now.</summary>
    public async Task WaitForAsync(int transfers)
    {
        for (int end = Acknowledged + transfers; Acknowledged < end;)
            Assert.True(await _commits.WaitAsync(SqlProcess.Patience), "No commit comes any more.");
    }

    /// <summary>Lets the writers end their transactions and close the database.</summary>
    public async Task StopAsync()
    {
        _isStopping = true;
        await _writing;
        foreach (SqlProcess process in _processes)
            await process.EndAsync();
    }

    /// <summary>Fails unless the file is a database in a committed state of this one, and gets how many transfers it has.</summary>
    public static async Task<int> CountAsync(string file)
    {
        await using SqlProcess stock = SqlProcess.StartStock(file);
        Assert.Equal("ok", await stock.MustAsync("PRAGMA integrity_check"));
        int[] accounts = Numbers(await stock.MustAsync("SELECT v FROM account ORDER BY id"));
        int[] counts = Numbers(await stock.MustAsync("SELECT count(*) FROM transfer GROUP BY writer ORDER BY writer"));
        int[] last = Numbers(await stock.MustAsync("SELECT max(n) FROM transfer GROUP BY writer ORDER BY writer"));
        Assert.Equal(counts, last);
        Assert.Equal([counts.Sum(), -counts.Sum()], accounts);
        await stock.EndAsync();
        return counts.Sum();
    }

    /// <summary>
    /// Gets everything in a database, as SQL
    /// (<see href="https://sqlite.org/cli.html#converting_an_entire_database_to_a_text_file">.dump</see>).
    /// </summary>
    public static Task<string> DumpAsync(string file) => StockProgram.MustAsync("sqlite3", "-batch", file, ".dump");

    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        await Database.DisposeAsync();
        _commits.Dispose();
    }

    private static int[] Numbers(string rows)
        => [.. rows.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))];

    private async Task RepeatAsync(SqlProcess process, int writer)
    {
        string transfer = string.Format(CultureInfo.InvariantCulture, Transfer, writer);
        while (!_isStopping)
        {
            await process.MustAsync(transfer);
            Interlocked.Increment(ref _acknowledged[writer]);
            _commits.Release();
        }
    }
}
