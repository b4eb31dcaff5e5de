using Isar.Storage.Browser.Tests.Worker.Conformance;
using Isar.Storage.DataAccess;

namespace Isar.Storage.Browser.Tests.DataWorker;

public sealed class OpfsSqliteTests() : SqliteSuite(new OpfsUnderTest());

public sealed class OpfsDapperTests() : DapperSuite(new OpfsUnderTest());

public sealed class OpfsEfModelTests() : EfModelSuite(new OpfsUnderTest());

public sealed class OpfsEfQueryTests() : EfQuerySuite(new OpfsUnderTest());

public sealed class OpfsEfTransactionTests() : EfTransactionSuite(new OpfsUnderTest());

public sealed class OpfsEfMigrationTests() : EfMigrationSuite(new OpfsUnderTest());

public sealed class IndexedDbSqliteTests() : SqliteSuite(new IndexedDbUnderTest());

public sealed class IndexedDbDapperTests() : DapperSuite(new IndexedDbUnderTest());

public sealed class IndexedDbEfModelTests() : EfModelSuite(new IndexedDbUnderTest());

public sealed class IndexedDbEfQueryTests() : EfQuerySuite(new IndexedDbUnderTest());

public sealed class IndexedDbEfTransactionTests() : EfTransactionSuite(new IndexedDbUnderTest());

public sealed class IndexedDbEfMigrationTests() : EfMigrationSuite(new IndexedDbUnderTest());
