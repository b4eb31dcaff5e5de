using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance;

/// <summary>Memory: each backend object is a place of its own and takes its content along when it goes.</summary>
internal sealed class MemoryUnderTest : BackendUnderTest
{
    public override string Directory => "conformance";

    public override bool Persistent => false;

    public override void Register(IIsarStorageBuilder builder) => builder.UseMemory();
}
