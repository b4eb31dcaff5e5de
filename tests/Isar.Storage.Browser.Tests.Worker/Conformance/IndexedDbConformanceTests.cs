using Isar.Storage.Conformance;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker.Conformance;

/// <summary>The guard: what IndexedDB does not run stands here.</summary>
public sealed class IndexedDbComplianceTests() : BackendCompliance("IndexedDb")
{
    private const string WithoutLog = "It offers no write-ahead log: each transaction is stored as a whole.";

    protected override IReadOnlyDictionary<Type, string> WithoutSuites { get; } = new Dictionary<Type, string>
    {
        [typeof(SharedMemorySuite)] = WithoutLog,
        [typeof(SqlWriteAheadLogSuite)] = WithoutLog,
    };

    protected override IReadOnlyList<string> Skipped =>
        [nameof(SqlJournalModeSuite.Write_ahead_logging_works_for_one_exclusive_connection)];
}

public sealed class IndexedDbFileReadWriteTests() : FileReadWriteSuite(new IndexedDbUnderTest());

public sealed class IndexedDbFileLengthTests() : FileLengthSuite(new IndexedDbUnderTest());

public sealed class IndexedDbFileLifecycleTests() : FileLifecycleSuite(new IndexedDbUnderTest());

public sealed class IndexedDbLockTests() : LockSuite(new IndexedDbUnderTest());

public sealed class IndexedDbDurabilityTests() : DurabilitySuite(new IndexedDbUnderTest());

public sealed class IndexedDbSqlJournalModeTests() : SqlJournalModeSuite(new IndexedDbUnderTest())
{
    [Fact(Skip = "IndexedDB keeps databases with rollback journals: each transaction is stored as a whole, and a log would have to be stored by "
        + "parts.")]
    public override Task Write_ahead_logging_works_for_one_exclusive_connection()
        => base.Write_ahead_logging_works_for_one_exclusive_connection();
}

public sealed class IndexedDbSqlTransactionTests() : SqlTransactionSuite(new IndexedDbUnderTest());

public sealed class IndexedDbSqlFileFormatTests() : SqlFileFormatSuite(new IndexedDbUnderTest());

public sealed class IndexedDbSqlErrorTests() : SqlErrorSuite(new IndexedDbUnderTest());

public sealed class IndexedDbSqlConcurrencyTests() : SqlConcurrencySuite(new IndexedDbUnderTest());

public sealed class IndexedDbStorageServiceTests() : StorageServiceSuite(new IndexedDbUnderTest());
