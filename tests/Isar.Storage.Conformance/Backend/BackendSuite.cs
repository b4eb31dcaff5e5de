using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>The base of the suites that use a backend directly, without SQLite.</summary>
public abstract class BackendSuite(BackendUnderTest underTest) : IAsyncLifetime
{
    private ServiceProvider? _services;
    private IStorageBackend? _backend;

    /// <summary>The database that is acquired when a case starts.</summary>
    protected static StoragePath Database { get; } = StoragePath.Parse("test.db");

    /// <summary>The journal of <see cref="Database"/>.</summary>
    protected static StoragePath Journal { get; } = StoragePath.Parse("test.db-journal");

    /// <summary>Gets the files of <see cref="Database"/> that outlive its acquisition.</summary>
    protected IReadOnlyList<StoragePath> StoredFiles => underTest.StoresJournals ? [Database, Journal] : [Database];

    /// <summary>Gets the facts about the backend.</summary>
    protected BackendUnderTest UnderTest => underTest;

    /// <summary>Gets the backend of now; reopening makes another one.</summary>
    protected IStorageBackend Backend => _backend ?? throw new InvalidOperationException("The case has not started.");

    /// <inheritdoc/>
    public Task InitializeAsync() => StartAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await StopAsync();
        await underTest.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Closes everything and comes back to what is stored, with <see cref="Database"/> acquired. The case has closed its files.
    /// </summary>
    protected async Task ReopenAsync()
    {
        await ReleaseAsync(Database);
        if (underTest.Persistent)
        {
            await StopAsync();
            await StartAsync();
        }
        else
            await AcquireAsync(Database);
    }

    /// <summary>Opens a file of an acquired database.</summary>
    protected IStorageFile Open(StoragePath path, StorageOpenMode mode = StorageOpenMode.ReadWrite) => Backend.Open(path, mode);

    /// <summary>Opens a file, made if it is missing.</summary>
    protected IStorageFile Create(StoragePath path) => Backend.Open(path, StorageOpenMode.Create);

    /// <summary>Acquires a database, where there is something to acquire.</summary>
    protected Task AcquireAsync(StoragePath database) => BackendUnderTest.AcquireAsync(Backend, database);

    /// <summary>Releases a database, where there is something to release.</summary>
    protected ValueTask ReleaseAsync(StoragePath database) =>
        (Backend as ILeasedFiles)?.ReleaseAsync(database, CancellationToken.None) ?? ValueTask.CompletedTask;

    /// <summary>Makes a file with flushed content.</summary>
    protected void Store(StoragePath path, ReadOnlySpan<byte> content)
    {
        using IStorageFile file = Create(path);
        file.SetLength(0);
        file.Write(content, 0);
        file.Flush();
    }

    /// <summary>Reads a whole file.</summary>
    protected byte[] Load(StoragePath path)
    {
        using IStorageFile file = Open(path, StorageOpenMode.ReadOnly);
        return file.ReadBytes(0, checked((int)file.Length));
    }

    private async Task StartAsync()
    {
        var builder = new Builder(new ServiceCollection());
        underTest.Register(builder);
        _services = builder.Services.BuildServiceProvider();
        BackendRegistration registration = _services.GetRequiredService<BackendRegistration>();
        _backend = registration.Create(new BackendContext(underTest.Directory, _services, NullLoggerFactory.Instance));
        await _backend.InitializeAsync(CancellationToken.None);
        await AcquireAsync(Database);
    }

    private async Task StopAsync()
    {
        if (_backend is not null)
            await _backend.DisposeAsync();
        if (_services is not null)
            await _services.DisposeAsync();
        _backend = null;
        _services = null;
    }

    private sealed record Builder(IServiceCollection Services) : IIsarStorageBuilder;
}
