using Isar.Storage.Conformance;

namespace Isar.Storage.Browser.Tests.Worker.Conformance;

/// <summary>The suites that go through SQLite once more, on databases in OPFS that have a write-ahead log from their beginning.</summary>
public sealed class LoggedOpfsComplianceTests() : LoggedCompliance("LoggedOpfs");

public sealed class LoggedOpfsSqlTransactionTests() : LoggedSqlTransactionSuite(new LoggedOpfsUnderTest());

public sealed class LoggedOpfsSqlFileFormatTests() : LoggedSqlFileFormatSuite(new LoggedOpfsUnderTest());

public sealed class LoggedOpfsSqlErrorTests() : LoggedSqlErrorSuite(new LoggedOpfsUnderTest());

public sealed class LoggedOpfsStorageServiceTests() : StorageServiceSuite(new LoggedOpfsUnderTest());
