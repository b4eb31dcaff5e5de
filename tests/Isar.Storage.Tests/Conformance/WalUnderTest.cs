namespace Isar.Storage.Tests.Conformance;

/// <summary>Native files, with a write-ahead log in every database that is opened.</summary>
internal sealed class WalUnderTest : NativeUnderTest
{
    public override void Register(IIsarStorageBuilder builder)
    {
        base.Register(builder);
        builder.ConfigureConnections(static connection => Worlds.Database.Execute(connection, "PRAGMA journal_mode = WAL"));
    }
}
