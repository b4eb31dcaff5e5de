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
        KillLastWorker("killed");
        foreach (Task<object?> call in (Task<object?>[])[running, waiting, ScalarAsync(second, "SELECT 2")])
        {
            IsarException error = await Assert.ThrowsAsync<IsarException>(() => call);
            Assert.Equal(IsarErrorKind.Worker, error.Kind);
            Assert.Contains("killed", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(IsarErrorKind.Worker, (await Assert.ThrowsAsync<IsarException>(() => client.ListAsync().AsTask())).Kind);
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

    private static Task<object?> ScalarAsync(IsarConnection connection, string sql)
    {
        IsarCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalarAsync();
    }

    /// <summary>Ends the worker that was made last, as a crash does; <c>index.html</c> has it.</summary>
    [JSImport("globalThis.killLastWorker")]
    private static partial void KillLastWorker(string message);
}
