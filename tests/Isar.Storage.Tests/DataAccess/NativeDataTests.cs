using Isar.Storage.DataAccess;
using Isar.Storage.Tests.Conformance;
using Xunit;

namespace Isar.Storage.Tests.DataAccess;

public sealed class NativeSqliteTests() : SqliteSuite(new NativeUnderTest());

public sealed class NativeDapperTests() : DapperSuite(new NativeUnderTest());

public sealed class NativeEfModelTests() : EfModelSuite(new NativeUnderTest())
{
    [Fact]
    public async Task EnsureDeleted_removes_the_file()
    {
        Assert.True(await Storage.ExistsAsync(Database));
        await InContextAsync(context => context.Database.EnsureDeletedAsync());
        Assert.False(await Storage.ExistsAsync(Database));
    }
}

public sealed class NativeEfQueryTests() : EfQuerySuite(new NativeUnderTest());

public sealed class NativeEfTransactionTests() : EfTransactionSuite(new NativeUnderTest());

public sealed class NativeEfMigrationTests() : EfMigrationSuite(new NativeUnderTest());
