using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance.Tutorial;

public sealed class FolderComplianceTests() : BackendCompliance("Folder")
{
    private const string Why = "It offers no write-ahead log.";

    protected override IReadOnlyDictionary<Type, string> WithoutSuites { get; } = new Dictionary<Type, string>
    {
        [typeof(SharedMemorySuite)] = Why,
        [typeof(SqlWriteAheadLogSuite)] = Why,
    };
}

public sealed class FolderFileReadWriteTests() : FileReadWriteSuite(new FolderUnderTest());

public sealed class FolderFileLengthTests() : FileLengthSuite(new FolderUnderTest());

public sealed class FolderFileLifecycleTests() : FileLifecycleSuite(new FolderUnderTest());

public sealed class FolderLockTests() : LockSuite(new FolderUnderTest());

public sealed class FolderDurabilityTests() : DurabilitySuite(new FolderUnderTest());

public sealed class FolderSqlJournalModeTests() : SqlJournalModeSuite(new FolderUnderTest());

public sealed class FolderSqlTransactionTests() : SqlTransactionSuite(new FolderUnderTest());

public sealed class FolderSqlFileFormatTests() : SqlFileFormatSuite(new FolderUnderTest());

public sealed class FolderSqlErrorTests() : SqlErrorSuite(new FolderUnderTest());

public sealed class FolderSqlConcurrencyTests() : SqlConcurrencySuite(new FolderUnderTest());

public sealed class FolderStorageServiceTests() : StorageServiceSuite(new FolderUnderTest());
