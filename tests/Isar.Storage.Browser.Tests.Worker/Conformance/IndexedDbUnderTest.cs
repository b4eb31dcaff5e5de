using Isar.Storage.Conformance;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage.Browser.Tests.Worker.Conformance;

/// <summary>IndexedDB in a database of its own.</summary>
public sealed class IndexedDbUnderTest : BackendUnderTest
{
    public override string Directory { get; } = $"conformance/{Guid.NewGuid():n}";

    public override bool Persistent => true;

    public override bool IsLeased => true;

    public override bool StoresJournals => false;

    public override void Register(IIsarStorageBuilder builder)
    {
        builder.Services.AddWasmEngine();
        builder.Services.AddSingleton<IStorageLocks, WebLocks>();
        builder.UseIndexedDb();
    }
}
