using FolderStorage;
using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance.Tutorial;

/// <summary>The tutorial's folder, a new temporary one.</summary>
internal sealed class FolderUnderTest : BackendUnderTest
{
    public override string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("isar-folder-").FullName;

    public override bool Persistent => true;

    public override void Register(IIsarStorageBuilder builder) => builder.UseFolder();

    public override ValueTask DisposeAsync()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        return base.DisposeAsync();
    }
}
