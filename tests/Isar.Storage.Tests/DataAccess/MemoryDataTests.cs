using Isar.Storage.DataAccess;
using Isar.Storage.Tests.Conformance;

namespace Isar.Storage.Tests.DataAccess;

public sealed class MemorySqliteTests() : SqliteSuite(new MemoryUnderTest());

public sealed class MemoryDapperTests() : DapperSuite(new MemoryUnderTest());

public sealed class MemoryEfModelTests() : EfModelSuite(new MemoryUnderTest());

public sealed class MemoryEfQueryTests() : EfQuerySuite(new MemoryUnderTest());

public sealed class MemoryEfTransactionTests() : EfTransactionSuite(new MemoryUnderTest());

public sealed class MemoryEfMigrationTests() : EfMigrationSuite(new MemoryUnderTest());
