namespace Isar.Storage.Tests.Conformance;

/// <summary>Native files, with a write-ahead log in every new database.</summary>
internal sealed class WalUnderTest : NativeUnderTest
{
    public override bool BeginsLogs => true;
}
