using Isar.Storage.DataAccess;
using Isar.Storage.Tests.Conformance;
using Xunit;

namespace Isar.Storage.Tests.DataAccess;

public sealed class MemorySqliteTests() : SqliteSuite(new MemoryUnderTest());

public sealed class MemoryDapperTests() : DapperSuite(new MemoryUnderTest());

public sealed class MemoryEfModelTests() : EfModelSuite(new MemoryUnderTest())
{
    [Fact]
    public async Task EnsureDeleted_leaves_a_file_alone_that_has_the_databases_name()
    {
        await File.WriteAllTextAsync(Database, "a file of the app");
        try
        {
            await InContextAsync(context => Assert.ThrowsAnyAsync<IOException>(() => context.Database.EnsureDeletedAsync()));
            Assert.Equal("a file of the app", await File.ReadAllTextAsync(Database));
        }
        finally
        {
            File.Delete(Database);
        }
    }
}

public sealed class MemoryEfQueryTests() : EfQuerySuite(new MemoryUnderTest());

public sealed class MemoryEfTransactionTests() : EfTransactionSuite(new MemoryUnderTest());

public sealed class MemoryEfMigrationTests() : EfMigrationSuite(new MemoryUnderTest());
