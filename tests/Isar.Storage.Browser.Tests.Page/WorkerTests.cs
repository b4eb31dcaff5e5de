using System.Runtime.InteropServices.JavaScript;
using Xunit;

namespace Isar.Storage.Browser.Tests.Page;

/// <summary>Workers that do not start, or die.</summary>
public sealed partial class WorkerTests
{
    [Fact]
    public async Task The_death_of_a_worker_ends_every_call()
    {
        using var client = new IsarStorageClient(new() { ScriptUrl = DatabaseTest.Options.ScriptUrl, MemoryOnly = true });
        await using IsarConnection first = await client.OpenAsync("a.db");
        await using IsarConnection second = await client.OpenAsync("a.db");
        await using IsarTransaction transaction = await first.BeginTransactionAsync();
        Task<object?> running = ScalarAsync(first, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
        Task<object?> waiting = ScalarAsync(second, "SELECT 1");
        Task<IReadOnlyList<DatabaseEntry>> listing = client.ListAsync().AsTask();
        KillLastWorker("killed");
        foreach (Task call in (Task[])[running, waiting, listing, ScalarAsync(first, "SELECT 2"), transaction.CommitAsync()])
        {
            IsarException error = await Assert.ThrowsAsync<IsarException>(() => call);
            Assert.Equal(IsarErrorKind.Worker, error.Kind);
            Assert.Contains("killed", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public Task After_the_death_of_a_worker_the_next_call_finds_what_was_stored_in_OPFS() => DieAndGoOnAsync("opfs");

    [Fact]
    public Task After_the_death_of_a_worker_the_next_call_finds_what_was_stored_in_IndexedDB() => DieAndGoOnAsync("indexeddb");

    [Fact]
    public async Task An_import_ends_with_its_worker_and_does_not_go_on_with_the_next_one()
    {
        using var client = new IsarStorageClient(new() { ScriptUrl = DatabaseTest.Options.ScriptUrl, MemoryOnly = true });
        await using IsarConnection db = await client.OpenAsync("a.db");
        await ScalarAsync(db, "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(2000000))");
        using var file = new MemoryStream();
        await client.ExportAsync("a.db", file);
        using var source = new KillingSource(file.ToArray());
        IsarException error = await Assert.ThrowsAsync<IsarException>(() => client.ImportAsync("b.db", source).AsTask());
        Assert.Equal((IsarErrorKind.Worker, "The worker failed: killed (:0)"), (error.Kind, error.Message));
        file.Position = 0;
        await client.ImportAsync("b.db", file);
        Assert.True(await client.ExistsAsync("b.db"));
    }

    [Fact]
    public async Task A_worker_that_is_not_there_is_an_error_that_names_its_address()
    {
        using var client = new IsarStorageClient(new() { ScriptUrl = DatabaseTest.Options.ScriptUrl, WorkerUrl = "missing/worker.js" });
        IsarException error = await Assert.ThrowsAsync<IsarException>(() => client.StartAsync().AsTask());
        Assert.Equal(IsarErrorKind.Worker, error.Kind);
        Assert.Contains("/page/missing/worker.js could not be loaded", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_that_are_wrong_are_refused_by_the_worker()
    {
        using var client = new IsarStorageClient(new() { ScriptUrl = DatabaseTest.Options.ScriptUrl, Candidates = ["tape"] });
        IsarException error = await Assert.ThrowsAsync<IsarException>(() => client.StartAsync().AsTask());
        Assert.Equal(IsarErrorKind.Usage, error.Kind);
        Assert.Contains("tape", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_is_disposed_ends_its_worker()
    {
        var client = new IsarStorageClient(new() { ScriptUrl = DatabaseTest.Options.ScriptUrl, MemoryOnly = true });
        IsarConnection connection = await client.OpenAsync("a.db");
        Assert.Equal("memory", (await client.GetReportAsync()).Backend);
        client.Dispose();
        Assert.Equal(IsarErrorKind.Closed, (await Assert.ThrowsAsync<IsarException>(() => ScalarAsync(connection, "SELECT 1"))).Kind);
    }

    private static async Task DieAndGoOnAsync(string backend)
    {
        using var client = new IsarStorageClient(new()
        {
            ScriptUrl = DatabaseTest.Options.ScriptUrl,
            Directory = "page-death",
            Candidates = [backend],
        });
        List<string> reasons = [];
        await (await client.OpenAsync($"{backend}-side.db")).CloseAsync();
        client.WorkerRestarted += (_, reason) => reasons.Add(reason.Message);
        await using IsarConnection first = client.CreateConnection($"{backend}.db");
        first.ConnectionString = new IsarConnectionStringBuilder
        {
            DataSource = $"{backend}.db",
            ForeignKeys = false,
            RecursiveTriggers = true,
            Setup = $"CREATE TEMP TABLE own (x); ATTACH '{backend}-side.db' AS side",
        }.ConnectionString;
        await first.OpenAsync();
        await using IsarConnection second = await client.OpenAsync($"{backend}.db");
        await ScalarAsync(first, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
        await using (IsarTransaction transaction = await first.BeginTransactionAsync())
        {
            await ScalarAsync(first, "INSERT INTO t VALUES (2)");
            KillLastWorker("killed");
            Assert.Equal(1L, await ScalarAsync(second, "SELECT count(*) FROM t"));
            Assert.Equal(IsarErrorKind.Worker, (await Assert.ThrowsAsync<IsarException>(() => transaction.CommitAsync())).Kind);
        }
        Assert.Equal(1L, await ScalarAsync(
            first, "SELECT count(*) FROM t, pragma_foreign_keys, pragma_recursive_triggers WHERE NOT foreign_keys AND recursive_triggers"));
        Assert.Equal(0L, await ScalarAsync(first, "SELECT count(*) FROM own, side.sqlite_schema"));
        KillLastWorker("killed again");
        Assert.Contains(await client.ListAsync(), entry => entry.Path.Value == $"{backend}.db" && entry.Backend == backend);
        await using (IsarTransaction transaction = await second.BeginTransactionAsync())
        {
            await ScalarAsync(second, "INSERT INTO t VALUES (3)");
            await transaction.CommitAsync();
        }
        Assert.Equal(2L, await ScalarAsync(first, "SELECT count(*) FROM t"));
        Assert.Equal(["The worker failed: killed (:0)", "The worker failed: killed again (:0)"], reasons);
        await first.CloseAsync();
        await second.CloseAsync();
        Assert.True(await client.DeleteAsync($"{backend}.db"));
    }

    private static Task<object?> ScalarAsync(IsarConnection connection, string sql)
    {
        IsarCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalarAsync();
    }

    /// <summary>Kills the worker after the first part was read, while no call is under way.</summary>
    private sealed class KillingSource(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position > 0)
                KillLastWorker("killed");
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }

    /// <summary>Ends the worker that was made last, as a crash does; <c>index.html</c> has it.</summary>
    [JSImport("globalThis.killLastWorker")]
    private static partial void KillLastWorker(string message);
}
