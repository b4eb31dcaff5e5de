using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance;

/// <summary>The suites that go through SQLite once more, on native databases that have a write-ahead log from their beginning.</summary>
public sealed class WalComplianceTests() : LoggedCompliance("Wal");

public sealed class WalSqlTransactionTests() : LoggedSqlTransactionSuite(new WalUnderTest());

public sealed class WalSqlFileFormatTests() : LoggedSqlFileFormatSuite(new WalUnderTest());

public sealed class WalSqlErrorTests() : LoggedSqlErrorSuite(new WalUnderTest());

public sealed class WalStorageServiceTests() : StorageServiceSuite(new WalUnderTest());
