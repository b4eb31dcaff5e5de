namespace Isar.Storage.Browser.Tests.Worker.Conformance;

/// <summary>OPFS, with a write-ahead log in every new database.</summary>
public sealed class LoggedOpfsUnderTest : OpfsUnderTest
{
    public override bool BeginsLogs => true;
}
