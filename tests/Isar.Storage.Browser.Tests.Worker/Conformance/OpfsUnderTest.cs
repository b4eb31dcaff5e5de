using Isar.Storage.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Isar.Storage.Browser.Tests.Worker.Conformance;

/// <summary>OPFS in a directory of its own.</summary>
public class OpfsUnderTest : BackendUnderTest
{
    public override string Directory { get; } = $"conformance/{Guid.NewGuid():n}";

    public override bool Persistent => true;

    public override bool IsLeased => true;

    /// <summary>An access handle needs an entry, so an empty file cannot be told from one that was only acquired.</summary>
    public override bool KeepsEmptyFiles => false;

    public override void Register(IIsarStorageBuilder builder)
    {
        builder.Services.AddWasmEngine();
        builder.Services.AddSingleton<IStorageLocks, WebLocks>();
        builder.UseOpfs();
    }

    /// <summary>Deletes the files: they count against the origin's quota.</summary>
    public override async ValueTask DisposeAsync()
    {
        var services = new ServiceCollection();
        Register(services.AddIsarStorage());
        await using ServiceProvider provider = services.BuildServiceProvider();
        BackendRegistration registration = provider.GetRequiredService<BackendRegistration>();
        await using IStorageBackend backend = registration.Create(new BackendContext(Directory, provider, NullLoggerFactory.Instance));
        await backend.InitializeAsync(CancellationToken.None);
        foreach (StorageEntry entry in await backend.ListAsync(CancellationToken.None))
        {
            await AcquireAsync(backend, DatabaseFiles.TryGetDatabase(entry.Path, out StoragePath owner) ? owner : entry.Path);
            if (backend.Exists(entry.Path))
                backend.Delete(entry.Path, flush: false);
        }
        await base.DisposeAsync();
    }
}
