using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>The base of the suites that go through <see cref="IIsarStorage"/> and SQLite, as an app does.</summary>
public abstract class SqlSuite(BackendUnderTest underTest) : IAsyncLifetime
{
    private readonly List<SqliteConnection> _connections = [];
    private ServiceProvider? _services;
    private IStorageBackend? _backend;

    /// <summary>The name of the database that cases use.</summary>
    protected const string Database = "test.db";

    /// <summary>The name of its journal.</summary>
    protected const string Journal = "test.db-journal";

    /// <summary>Gets the facts about the backend.</summary>
    protected BackendUnderTest UnderTest => underTest;

    /// <summary>Gets the app's services of now; reopening makes others.</summary>
    protected IServiceProvider Services => _services ?? throw new InvalidOperationException("The case has not started.");

    /// <summary>Gets the storage of now.</summary>
    protected IIsarStorage Storage => Services.GetRequiredService<IIsarStorage>();

    /// <summary>Gets the backend behind the storage, to look at files that the storage does not show, such as journals.</summary>
    protected IStorageBackend Backend => _backend ?? throw new InvalidOperationException("The storage was not used yet.");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        Start();
        await Storage.GetReportAsync();
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await StopAsync();
        await underTest.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a connection that the suite closes at the end.</summary>
    protected async Task<SqliteConnection> OpenAsync(string database = Database) => Quick(await Storage.OpenAsync(database));

    /// <summary>Opens a connection of one's own, from a connection string that <paramref name="change"/> may alter.</summary>
    protected SqliteConnection Connect(string database, Action<SqliteConnectionStringBuilder> change)
    {
        var settings = new SqliteConnectionStringBuilder(Storage.GetConnectionString(database));
        change(settings);
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
        return Quick(connection);
    }

    /// <summary>Closes every connection.</summary>
    protected void CloseConnections()
    {
        foreach (SqliteConnection connection in _connections)
            connection.Dispose();
        _connections.Clear();
    }

    /// <summary>Closes everything and starts anew on what is stored.</summary>
    protected async Task ReopenAsync()
    {
        CloseConnections();
        if (!underTest.Persistent)
            return;
        await StopAsync();
        await InitializeAsync();
    }

    /// <summary>Gets a file's length, <see langword="null"/> if there is no such file.</summary>
    protected async Task<long?> LengthOfAsync(string file)
    {
        IReadOnlyList<StorageEntry> files = await Backend.ListAsync(CancellationToken.None);
        return files.Where(entry => entry.Path.Value == file).Select(entry => (long?)entry.Length).SingleOrDefault();
    }

    /// <summary>Reads a whole file of a database in use.</summary>
    protected byte[] LoadFile(string name)
    {
        using IStorageFile file = Backend.Open(StoragePath.Parse(name), StorageOpenMode.ReadOnly);
        return file.ReadBytes(0, checked((int)file.Length));
    }

    /// <summary>Writes a whole file of a prepared database.</summary>
    protected void StoreFile(string name, ReadOnlySpan<byte> content)
    {
        using IStorageFile file = Backend.Open(StoragePath.Parse(name), StorageOpenMode.Create);
        file.SetLength(0);
        file.Write(content, 0);
        file.Flush();
    }

    /// <summary>
    /// A browser must not wait for a lock that nobody else can let go of; where waiting is possible, a failing case shall end soon.
    /// </summary>
    private SqliteConnection Quick(SqliteConnection connection)
    {
        _connections.Add(connection);
        connection.DefaultTimeout = 1;
        return connection;
    }

    private void Start()
    {
        var services = new ServiceCollection();
        underTest.Register(services.AddIsarStorage(options =>
        {
            options.Directory = underTest.Directory;
            options.WriteAheadLog = underTest.BeginsLogs;
            // Files that were closed a moment ago may be held for a while; elsewhere there is nothing to wait for.
            options.OpenTimeout = underTest.IsLeased ? TimeSpan.FromSeconds(6) : TimeSpan.Zero;
        }));
        ServiceDescriptor descriptor = services.Single(service => service.ImplementationInstance is BackendRegistration);
        var registration = (BackendRegistration)descriptor.ImplementationInstance!;
        services.Remove(descriptor);
        services.AddSingleton(registration with { Create = context => _backend = registration.Create(context) });
        _services = services.BuildServiceProvider();
    }

    private async Task StopAsync()
    {
        CloseConnections();
        if (_services is not null)
            await _services.DisposeAsync();
        _services = null;
        _backend = null;
    }
}
