using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance;

/// <summary>Native files in a new temporary folder.</summary>
internal class NativeUnderTest : BackendUnderTest
{
    public override string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("isar-storage-").FullName;

    public override bool Persistent => true;

    public override void Register(IIsarStorageBuilder builder) => builder.UseNative();

    public override ValueTask DisposeAsync()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        return base.DisposeAsync();
    }
}
