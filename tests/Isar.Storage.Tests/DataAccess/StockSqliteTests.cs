using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Isar.Storage.Tests.DataAccess;

/// <summary>Native files are ordinary SQLite files: the <c>sqlite3</c> program reads what we write, and the other way round.</summary>
public sealed class StockSqliteTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("isar-stock-").FullName;
    private readonly ServiceProvider _services;

    public StockSqliteTests() => _services =
        new ServiceCollection().AddIsarStorage(options => options.Directory = _directory).UseNative().Services.BuildServiceProvider();

    private IIsarStorage Storage => _services.GetRequiredService<IIsarStorage>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("truncate")]
    [InlineData("persist")]
    public async Task Stock_sqlite3_reads_what_we_write(string journalMode)
    {
        await using (SqliteConnection connection = await Storage.OpenAsync("ours.db"))
        {
            Execute(connection, $"PRAGMA journal_mode = {journalMode}");
            Execute(connection, "CREATE TABLE t (x, y); INSERT INTO t VALUES (1, 'grüße'), (2, x'00ff')");
        }
        Assert.Equal("1|grüße|text\n2|00FF|blob\nok\n",
            await RunSqliteAsync("ours.db", "SELECT x, iif(typeof(y) = 'blob', hex(y), y), typeof(y) FROM t; PRAGMA integrity_check;"));
    }

    [Fact]
    public async Task We_read_what_stock_sqlite3_writes()
    {
        await RunSqliteAsync("theirs.db", "CREATE TABLE t (x); INSERT INTO t VALUES ('from stock'); CREATE INDEX i ON t (x);");
        await using SqliteConnection connection = await Storage.OpenAsync("theirs.db");
        Assert.Equal("from stock", Execute(connection, "SELECT x FROM t"));
        Assert.Equal("ok", Execute(connection, "PRAGMA integrity_check"));
        Execute(connection, "INSERT INTO t VALUES ('from us')");
        Assert.Equal("from stock\nfrom us\n", await RunSqliteAsync("theirs.db", "SELECT x FROM t ORDER BY x;"));
    }

    /// <summary>On some file systems SQLite's own VFS for Unix writes a byte into a new database, to know it by its inode.</summary>
    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task A_file_of_one_byte_is_an_empty_database_as_for_stock_sqlite3(string journalMode)
    {
        foreach (string name in (string[])["ours.db", "theirs.db"])
            await File.WriteAllBytesAsync(Path.Combine(_directory, name), "S"u8.ToArray());
        string sql = $"PRAGMA journal_mode = {journalMode}; CREATE TABLE t (x); INSERT INTO t VALUES (1)";
        Assert.Equal($"{journalMode}\n", await RunSqliteAsync("theirs.db", sql));
        await using (SqliteConnection connection = await Storage.OpenAsync("ours.db"))
            Assert.Equal(journalMode, Execute(connection, sql));
        Assert.Equal("1\nok\n", await RunSqliteAsync("ours.db", "SELECT x FROM t; PRAGMA integrity_check;"));
    }

    private static object? Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private async Task<string> RunSqliteAsync(string database, string sql)
    {
        using var process = Process.Start(new ProcessStartInfo("sqlite3", ["-batch", Path.Combine(_directory, database), sql])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("", errors);
        return await output;
    }
}
