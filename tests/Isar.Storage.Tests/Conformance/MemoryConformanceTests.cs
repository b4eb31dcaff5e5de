using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance;

public sealed class MemoryComplianceTests() : BackendCompliance("Memory")
{
    private const string WithoutLog = "Its connections share no memory: a log would save no flush, as there are none.";

    protected override IReadOnlyDictionary<Type, string> WithoutSuites { get; } = new Dictionary<Type, string>
    {
        [typeof(SharedMemorySuite)] = WithoutLog,
        [typeof(SqlWriteAheadLogSuite)] = WithoutLog,
    };
}

public sealed class MemoryFileReadWriteTests() : FileReadWriteSuite(new MemoryUnderTest());

public sealed class MemoryFileLengthTests() : FileLengthSuite(new MemoryUnderTest());

public sealed class MemoryFileLifecycleTests() : FileLifecycleSuite(new MemoryUnderTest());

public sealed class MemoryLockTests() : LockSuite(new MemoryUnderTest());

public sealed class MemoryDurabilityTests() : DurabilitySuite(new MemoryUnderTest());

public sealed class MemorySqlJournalModeTests() : SqlJournalModeSuite(new MemoryUnderTest());

public sealed class MemorySqlTransactionTests() : SqlTransactionSuite(new MemoryUnderTest());

public sealed class MemorySqlFileFormatTests() : SqlFileFormatSuite(new MemoryUnderTest());

public sealed class MemorySqlErrorTests() : SqlErrorSuite(new MemoryUnderTest());

public sealed class MemorySqlConcurrencyTests() : SqlConcurrencySuite(new MemoryUnderTest());

public sealed class MemoryStorageServiceTests() : StorageServiceSuite(new MemoryUnderTest());
