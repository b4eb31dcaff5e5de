using Xunit;

namespace Isar.Storage.Browser.Tests.Page;

/// <summary>A test with a database of its own, in the page's one client.</summary>
public abstract class DatabaseTest : IAsyncLifetime
{
    /// <summary>Gets the options of the test's server: where it has the client's files.</summary>
    internal static IsarStorageClientOptions Options => new() { ScriptUrl = "../isar/isar-dotnet.js", Directory = "page-tests" };

    internal static IIsarStorageClient Client { get; } = new IsarStorageClient(Options);

    protected string Name { get; } = $"{Guid.NewGuid():N}.db";

    protected IsarConnection Db { get; private set; } = null!;

    public virtual async Task InitializeAsync() => Db = await Client.OpenAsync(Name);

    public virtual async Task DisposeAsync()
    {
        await Db.DisposeAsync();
        await Client.DeleteAsync(Name);
    }

    protected Task<object?> ScalarAsync(string sql, params object?[] values) => Command(Db, sql, values).ExecuteScalarAsync();

    protected Task<int> ExecuteAsync(string sql, params object?[] values) => Command(Db, sql, values).ExecuteNonQueryAsync();

    /// <summary>Makes a command whose values are by position.</summary>
    protected static IsarCommand Command(IsarConnection connection, string sql, params object?[] values)
    {
        IsarCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (object? value in values)
            command.Parameters.AddWithValue(null, value);
        return command;
    }
}
