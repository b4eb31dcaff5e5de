using System.Data;
using Xunit;

namespace Isar.Storage.Browser.Tests.Page;

/// <summary>Connections, transactions and the whole client over the real worker.</summary>
public sealed class ClientTests : DatabaseTest
{
    [Fact]
    public async Task Errors_have_the_codes_of_sqlite()
    {
        await ExecuteAsync("CREATE TABLE t (x UNIQUE)");
        IsarException error = await Assert.ThrowsAsync<IsarException>(() => ExecuteAsync("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)"));
        Assert.Equal((IsarErrorKind.Sqlite, 19, 2067), (error.Kind, error.SqliteErrorCode, error.SqliteExtendedErrorCode));
        Assert.Equal("UNIQUE constraint failed: t.x", error.Message);
        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM t"));
        Assert.Equal(1, (await Assert.ThrowsAsync<IsarException>(() => ExecuteAsync("SELEC"))).SqliteErrorCode);
        error = await Assert.ThrowsAsync<IsarException>(() => ExecuteAsync("SELECT @a"));
        Assert.Contains("Parameter 1 (@a) has no value", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commits_last_and_rollbacks_do_not()
    {
        await ExecuteAsync("CREATE TABLE t (x)");
        await using (IsarTransaction transaction = await Db.BeginTransactionAsync())
        {
            await ExecuteAsync("INSERT INTO t VALUES ('committed')");
            await transaction.CommitAsync();
        }
        await using (IsarTransaction transaction = await Db.BeginTransactionAsync())
        {
            await ExecuteAsync("INSERT INTO t VALUES ('rolled back')");
            await transaction.RollbackAsync();
        }
        using (await Db.BeginTransactionAsync(deferred: true))
            await ExecuteAsync("INSERT INTO t VALUES ('disposed')");
        await using IsarConnection other = await Client.OpenAsync(Name);
        Assert.Equal("committed", await Command(other, "SELECT group_concat(x) FROM t").ExecuteScalarAsync());
    }

    [Fact]
    public async Task Connections_of_one_page_never_find_each_others_locks()
    {
        await ExecuteAsync("CREATE TABLE t (x)");
        await using IsarConnection other = await Client.OpenAsync(Name);
        async Task WriteAsync(IsarConnection connection)
        {
            for (int i = 0; i < 10; i++)
            {
                await using IsarTransaction transaction = await connection.BeginTransactionAsync(deferred: i % 2 == 0);
                long count = (long)(await Command(connection, "SELECT count(*) FROM t").ExecuteScalarAsync())!;
                await Command(connection, "INSERT INTO t VALUES (?)", count).ExecuteNonQueryAsync();
                await transaction.CommitAsync();
                await Command(connection, "UPDATE t SET x = x").ExecuteNonQueryAsync();
            }
        }
        await Task.WhenAll(WriteAsync(Db), WriteAsync(other));
        Assert.Equal(20L, await ScalarAsync("SELECT count(DISTINCT x) FROM t"));
    }

    [Fact]
    public async Task A_wait_for_a_transaction_can_be_cancelled()
    {
        await using IsarConnection other = await Client.OpenAsync(Name);
        await using IsarTransaction transaction = await Db.BeginTransactionAsync();
        using var cancellation = new CancellationTokenSource();
        Task<int> waiting = Command(other, "CREATE TABLE t (x)").ExecuteNonQueryAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await transaction.CommitAsync();
        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM sqlite_schema"));
    }

    [Fact]
    public async Task A_wait_for_a_transaction_ends_when_its_time_is_over()
    {
        await using IsarConnection other = await Client.OpenAsync(Name);
        other.DefaultTimeout = 1;
        await using IsarTransaction transaction = await Db.BeginTransactionAsync();
        Task[] waits = [Command(other, "CREATE TABLE t (x)").ExecuteNonQueryAsync(), other.BeginTransactionAsync().AsTask()];
        foreach (Task wait in waits)
        {
            IsarException error = await Assert.ThrowsAsync<IsarException>(() => wait);
            Assert.Equal((IsarErrorKind.Busy, 5, true), (error.Kind, error.SqliteErrorCode, error.IsTransient));
            Assert.Contains($"\"{Name}\" is in use by a transaction of another connection", error.Message, StringComparison.Ordinal);
            Assert.Contains("did not end within 1 s", error.Message, StringComparison.Ordinal);
        }
        await transaction.CommitAsync();
        Assert.Equal(0L, await Command(other, "SELECT count(*) FROM sqlite_schema").ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_connection_that_is_closed_ends_its_waits_and_gives_its_turn_back()
    {
        IsarConnection waiting = await Client.OpenAsync(Name);
        IsarConnection holding = await Client.OpenAsync(Name);
        IsarTransaction transaction = await holding.BeginTransactionAsync();
        await Command(holding, "CREATE TABLE t (x)").ExecuteNonQueryAsync();
        Task<object?> call = Command(waiting, "SELECT 1").ExecuteScalarAsync();
        Task<IsarTransaction> begin = waiting.BeginTransactionAsync().AsTask();
        Task<object?> count = ScalarAsync("SELECT count(*) FROM sqlite_schema");
        await waiting.CloseAsync();
        foreach (Task wait in (Task[])[call, begin])
            Assert.Equal(IsarErrorKind.Closed, (await Assert.ThrowsAsync<IsarException>(() => wait)).Kind);
        Assert.False(count.IsCompleted);
        holding.Close();
        Assert.Equal(0L, await count);
        await transaction.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_is_opened_and_set_up_while_another_one_has_a_transaction()
    {
        await using IsarTransaction transaction = await Db.BeginTransactionAsync();
        await using IsarConnection other = Client.CreateConnection(Name);
        other.ConnectionString = new IsarConnectionStringBuilder { DataSource = Name, Setup = "CREATE TEMP TABLE own (x)" }.ConnectionString;
        await other.OpenAsync();
        await transaction.CommitAsync();
        Assert.Equal(0L, await Command(other, "SELECT count(*) FROM own").ExecuteScalarAsync());
    }

    [Fact]
    public async Task The_schema_table_has_what_tables_declare()
    {
        await ExecuteAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20))");
        await using IsarDataReader reader = await Command(Db, "SELECT id, name, 1 AS one FROM t").ExecuteReaderAsync();
        DataTable table = (await reader.GetSchemaTableAsync())!;
        Assert.Equal(["id INTEGER Int64", "name VARCHAR String", "one BLOB Byte[]"],
            table.Rows.Cast<DataRow>().Select(row => $"{row["ColumnName"]} {row["DataTypeName"]} {((Type)row["DataType"]).Name}"));
    }

    [Fact]
    public async Task Databases_are_listed_reported_and_deleted()
    {
        await ExecuteAsync("CREATE TABLE t (x)");
        Assert.True(await Client.ExistsAsync(Name));
        Assert.Contains(await Client.ListAsync(), entry => entry.Path.Value == Name && entry.Length > 0);
        Assert.Equal(IsarErrorKind.Busy, (await Assert.ThrowsAsync<IsarException>(() => Client.DeleteAsync(Name).AsTask())).Kind);
        Db.Close();
        Assert.True(await Client.DeleteAsync(Name));
        Assert.False(await Client.ExistsAsync(Name));
        StorageReport report = await Client.GetReportAsync();
        Assert.Equal("opfs", report.Backend);
        Assert.Equal(StorageDurability.Full, report.Durability);
        Assert.True(report.Persistent);
        Assert.NotNull(report.Quota);
        await Client.PersistAsync();
    }

    [Fact]
    public async Task A_database_moves_and_tells_how_far_it_is()
    {
        await ExecuteAsync("CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(1000000))");
        await Db.CloseAsync();
        var heard = new List<StorageProgress>();
        await Client.MigrateAsync(Name, "indexeddb", new Recorder(heard));
        Assert.Contains(heard, progress => progress.Stage == StorageStage.Verifying && progress.Completed == progress.Total);
        Assert.Contains(await Client.ListAsync(), entry => entry.Path.Value == Name && entry.Backend == "indexeddb");
        await Db.OpenAsync();
        Assert.Equal(1000000L, await ScalarAsync("SELECT length(x) FROM t"));
    }

    [Fact]
    public async Task Databases_are_exported_imported_and_backed_up()
    {
        await ExecuteAsync("CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(3000000))");
        object? hash = await ScalarAsync("SELECT hex(substr(x, 1000000, 100)) FROM t");
        var heard = new List<StorageProgress>();
        var file = new MemoryStream();
        await Client.ExportAsync(Name, file, new Recorder(heard));
        Assert.Contains(heard, progress => progress.Stage == StorageStage.Copying);
        Assert.Equal(new StorageProgress(StorageStage.Exporting, file.Length, file.Length), heard[^1]);
        await ExecuteAsync("DROP TABLE t; CREATE TABLE other (y)");
        file.Position = 0;
        await Client.ImportAsync(Name, file, new Recorder(heard));
        Assert.Equal(new StorageProgress(StorageStage.Replacing, file.Length, file.Length), heard[^1]);
        Assert.Equal(hash, await ScalarAsync("SELECT hex(substr(x, 1000000, 100)) FROM t"));

        string backup = $"backup-{Name}";
        await Client.BackupAsync(Name, backup);
        await using (IsarConnection copy = await Client.OpenAsync(backup))
            Assert.Equal(hash, await Command(copy, "SELECT hex(substr(x, 1000000, 100)) FROM t").ExecuteScalarAsync());
        await Client.DeleteAsync(backup);

        IsarException refused = await Assert.ThrowsAsync<IsarException>(
            () => Client.ImportAsync(Name, new MemoryStream("This is a text."u8.ToArray())).AsTask());
        Assert.Equal(IsarErrorKind.Corrupt, refused.Kind);
        Assert.Contains("not an SQLite database", refused.Message, StringComparison.Ordinal);
        Assert.Equal(IsarErrorKind.NotFound, (await Assert.ThrowsAsync<IsarException>(() => Client.ExportAsync(backup, file).AsTask())).Kind);
        using var cancellation = new CancellationTokenSource();
        file.Position = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Client.ImportAsync(Name, file, new Canceller(cancellation), cancellationToken: cancellation.Token).AsTask());
        await Assert.ThrowsAsync<NotSupportedException>(() => Client.ExportAsync(Name, new MemoryStream([], writable: false)).AsTask());
        Assert.Equal(hash, await ScalarAsync("SELECT hex(substr(x, 1000000, 100)) FROM t"));
    }

    [Fact]
    public async Task The_version_is_that_of_the_engine() => Assert.Equal(await ScalarAsync("SELECT sqlite_version()"), Db.ServerVersion);

    [Fact]
    public async Task Many_rows_come_at_once()
    {
        const string Rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT i, 'row ' || i, i / 2.0 FROM n";
        await using IsarDataReader reader = await Command(Db, Rows).ExecuteReaderAsync();
        long sum = 0;
        while (reader.Read())
        {
            sum += reader.GetInt64(0);
            Assert.Equal(reader.GetInt64(0) / 2.0, reader.GetDouble(2));
        }
        Assert.Equal(50000L * 50001 / 2, sum);
    }

    private sealed class Canceller(CancellationTokenSource cancellation) : IProgress<StorageProgress>
    {
        public void Report(StorageProgress value) => cancellation.Cancel();
    }

    private sealed class Recorder(List<StorageProgress> heard) : IProgress<StorageProgress>
    {
        public void Report(StorageProgress value) => heard.Add(value);
    }
}
