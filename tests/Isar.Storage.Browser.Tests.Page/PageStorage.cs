using Xunit;

namespace Isar.Storage.Browser.Tests.Page;

/// <summary>The one client of this page, as an app has it; its files are where the test's server has them.</summary>
internal static class PageStorage
{
    public static IsarStorageClient Client { get; } = new(new()
    {
        ScriptUrl = "../isar/isar-dotnet.js",
        Directory = "page-tests",
    });
}

/// <summary>A test with a database of its own.</summary>
public abstract class DatabaseTest : IAsyncLifetime
{
    private readonly string _name = $"{Guid.NewGuid():N}.db";

    internal static IIsarStorageClient Client => PageStorage.Client;

    protected string Name => _name;

    protected IsarConnection Db { get; private set; } = null!;

    public virtual async Task InitializeAsync() => Db = await Client.OpenAsync(_name);

    public virtual async Task DisposeAsync()
    {
        await Db.DisposeAsync();
        await Client.DeleteAsync(_name);
    }

    protected async Task<object?> ScalarAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using IsarCommand command = Db.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return await command.ExecuteScalarAsync();
    }
}
