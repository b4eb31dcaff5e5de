using System.Text.Json;
using System.Text.Json.Serialization;
using Xunit;

namespace Isar.Storage.Browser.Tests.Page;

/// <summary>Handlers of a worker's own, called in C#. <c>HandlerWorker.cs</c> has them.</summary>
public sealed class HandlerTests
{
    /// <summary>One for all tests: EF Core takes its worker long to start.</summary>
    private static readonly IsarStorageClient _client = new(new()
    {
        ScriptUrl = DatabaseTest.Options.ScriptUrl,
        WorkerUrl = "../data/isar-worker.js#handlers",
        Directory = "page-handlers",
    });

    [Fact]
    public async Task Arguments_and_results_travel_whole()
    {
        var echo = new Echo("Grüße \"\0🌍", [1, -0.5, 1e300], new Echo("", [], null));
        Echo? answer = await _client.CallAsync("echo", echo, CallJson.Default.Echo, CallJson.Default.Echo);
        Assert.Equal(JsonSerializer.Serialize(echo, CallJson.Default.Echo), JsonSerializer.Serialize(answer, CallJson.Default.Echo));
    }

    [Fact]
    public async Task What_a_handler_saves_is_there_for_SQL()
    {
        Assert.Equal(2, await _client.CallAsync("library/add", ["Õun", "Berg"], CallJson.Default.StringArray, CallJson.Default.Int32));
        Assert.Equal([new Entry("Berg", 1), new Entry("Õun", 1)], (await _client.CallAsync("library/list", CallJson.Default.EntryArray))!);
        await using IsarConnection connection = await _client.OpenAsync("library.db");
        await using IsarCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM Authors";
        Assert.Equal(2L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_token_cancels_that_of_the_handler()
    {
        using var cancellation = new CancellationTokenSource();
        Task<int> waiting = _client.CallAsync("meet", "never", CallJson.Default.String, CallJson.Default.Int32, cancellation.Token).AsTask();
        await _client.ListAsync();
        Assert.False(waiting.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Task<int> first = _client.CallAsync("meet", "never", CallJson.Default.String, CallJson.Default.Int32).AsTask();
        Assert.Equal(2, await _client.CallAsync("meet", "never", CallJson.Default.String, CallJson.Default.Int32));
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task What_goes_wrong_has_a_kind()
    {
        IsarException error = await FailAsync("fail/own");
        Assert.Equal((IsarErrorKind.Handler, 0), (error.Kind, error.SqliteErrorCode));
        Assert.StartsWith("System.InvalidOperationException: on purpose", error.Message, StringComparison.Ordinal);
        Assert.Equal(IsarErrorKind.Full, (await FailAsync("fail/storage")).Kind);
        Assert.Equal(2067, (await FailAsync("fail/sqlite")).SqliteExtendedErrorCode);
        error = await FailAsync("missing");
        Assert.Equal(IsarErrorKind.Usage, error.Kind);
        Assert.Contains("\"library/add\"", error.Message, StringComparison.Ordinal);
        error = await FailAsync("library/list");
        Assert.Equal(IsarErrorKind.Usage, error.Kind);
        Assert.Contains("cannot be read as System.Int32", error.Message, StringComparison.Ordinal);
    }

    private Task<IsarException> FailAsync(string name) =>
        Assert.ThrowsAsync<IsarException>(() => _client.CallAsync(name, CallJson.Default.Int32).AsTask());
}

internal sealed record Echo(string Text, double[] Numbers, Echo? Inner);

internal sealed record Entry(string Name, int Books);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Echo))]
[JsonSerializable(typeof(Entry[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int))]
internal sealed partial class CallJson : JsonSerializerContext;
