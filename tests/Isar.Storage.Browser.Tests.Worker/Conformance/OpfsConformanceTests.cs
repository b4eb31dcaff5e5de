using Isar.Storage.Conformance;
using Xunit;

namespace Isar.Storage.Browser.Tests.Worker.Conformance;

/// <summary>The guard: what OPFS does not run stands here.</summary>
public sealed class OpfsComplianceTests() : BackendCompliance("Opfs")
{
    private const string WithoutLog = "It offers no write-ahead log: no handle can be opened for one while SQLite runs.";

    protected override IReadOnlyDictionary<Type, string> WithoutSuites { get; } = new Dictionary<Type, string>
    {
        [typeof(SharedMemorySuite)] = WithoutLog,
        [typeof(SqlWriteAheadLogSuite)] = WithoutLog,
    };

    protected override IReadOnlyList<string> Skipped =>
        [nameof(SqlJournalModeSuite.Write_ahead_logging_works_for_one_exclusive_connection)];
}

public sealed class OpfsFileReadWriteTests() : FileReadWriteSuite(new OpfsUnderTest());

public sealed class OpfsFileLengthTests() : FileLengthSuite(new OpfsUnderTest());

public sealed class OpfsFileLifecycleTests() : FileLifecycleSuite(new OpfsUnderTest());

public sealed class OpfsLockTests() : LockSuite(new OpfsUnderTest());

public sealed class OpfsDurabilityTests() : DurabilitySuite(new OpfsUnderTest());

public sealed class OpfsSqlJournalModeTests() : SqlJournalModeSuite(new OpfsUnderTest())
{
    [Fact(Skip = "OPFS keeps databases with rollback journals: no handle can be opened for a log while SQLite runs.")]
    public override Task Write_ahead_logging_works_for_one_exclusive_connection()
        => base.Write_ahead_logging_works_for_one_exclusive_connection();
}

public sealed class OpfsSqlTransactionTests() : SqlTransactionSuite(new OpfsUnderTest());

public sealed class OpfsSqlFileFormatTests() : SqlFileFormatSuite(new OpfsUnderTest());

public sealed class OpfsSqlErrorTests() : SqlErrorSuite(new OpfsUnderTest());

public sealed class OpfsSqlConcurrencyTests() : SqlConcurrencySuite(new OpfsUnderTest());

public sealed class OpfsStorageServiceTests() : StorageServiceSuite(new OpfsUnderTest());
