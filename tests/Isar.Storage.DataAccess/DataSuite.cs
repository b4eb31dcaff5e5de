using Isar.Storage.Conformance;
using Isar.Storage.DataAccess.Library;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Isar.Storage.DataAccess;

/// <summary>
/// The base of the suites that use a database the way apps do. The same files are run natively and in a browser's worker, where
/// <see cref="IIsarStorage.PrepareAsync"/> must come before synchronous SQL; elsewhere that does no harm.
/// </summary>
public abstract class DataSuite : IAsyncLifetime
{
    /// <summary>The name of the database that cases use.</summary>
    protected const string Database = "app.db";

    private readonly BackendUnderTest _underTest;
    private readonly ServiceProvider _services;

    /// <summary>Builds the services of an app.</summary>
    protected DataSuite(BackendUnderTest underTest)
    {
        ArgumentNullException.ThrowIfNull(underTest);
        _underTest = underTest;
        var services = new ServiceCollection();
        underTest.Register(services.AddIsarStorage(options => options.Directory = underTest.Directory));
        services.AddDbContext<LibraryContext>(static (provider, options) =>
            options.UseSqlite(provider.GetRequiredService<IIsarStorage>().GetConnectionString(Database)));
        _services = services.BuildServiceProvider();
    }

    /// <summary>Gets the storage.</summary>
    protected IIsarStorage Storage => _services.GetRequiredService<IIsarStorage>();

    /// <inheritdoc/>
    public virtual async Task InitializeAsync() => await Storage.PrepareAsync(Database);

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _underTest.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a connection as an app does that knows only the connection string.</summary>
    protected SqliteConnection Connect()
    {
        var connection = new SqliteConnection(Storage.GetConnectionString(Database));
        connection.Open();
        return connection;
    }

    /// <summary>Uses a context of its own.</summary>
    protected async Task InContextAsync(Func<LibraryContext, Task> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        await using AsyncServiceScope scope = _services.CreateAsyncScope();
        await use(scope.ServiceProvider.GetRequiredService<LibraryContext>());
    }

    /// <summary>Creates the tables and fills them with <see cref="LibraryData"/>.</summary>
    protected Task FillAsync() => InContextAsync(async context =>
    {
        await context.Database.EnsureCreatedAsync();
        context.AddRange(new LibraryData().Authors);
        await context.SaveChangesAsync();
    });
}
