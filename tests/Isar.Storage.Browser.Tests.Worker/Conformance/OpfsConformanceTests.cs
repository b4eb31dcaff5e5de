using Isar.Storage.Conformance;

namespace Isar.Storage.Browser.Tests.Worker.Conformance;

/// <summary>The guard: what OPFS does not run stands here.</summary>
public sealed class OpfsComplianceTests() : BackendCompliance("Opfs")
{
    protected override IReadOnlyDictionary<Type, string> WithoutSuites { get; } = new Dictionary<Type, string>
    {
        [typeof(SharedMemorySuite)] = "Its databases are used by turns: the binding keeps the memory, as SqlWriteAheadLogSuite shows.",
    };
}

public sealed class OpfsFileReadWriteTests() : FileReadWriteSuite(new OpfsUnderTest());

public sealed class OpfsFileLengthTests() : FileLengthSuite(new OpfsUnderTest());

public sealed class OpfsFileLifecycleTests() : FileLifecycleSuite(new OpfsUnderTest());

public sealed class OpfsLockTests() : LockSuite(new OpfsUnderTest());

public sealed class OpfsDurabilityTests() : DurabilitySuite(new OpfsUnderTest());

public sealed class OpfsSqlJournalModeTests() : SqlJournalModeSuite(new OpfsUnderTest());

public sealed class OpfsSqlTransactionTests() : SqlTransactionSuite(new OpfsUnderTest());

public sealed class OpfsSqlFileFormatTests() : SqlFileFormatSuite(new OpfsUnderTest());

public sealed class OpfsSqlErrorTests() : SqlErrorSuite(new OpfsUnderTest());

public sealed class OpfsSqlConcurrencyTests() : SqlConcurrencySuite(new OpfsUnderTest());

public sealed class OpfsSqlWriteAheadLogTests() : SqlWriteAheadLogSuite(new OpfsUnderTest());

public sealed class OpfsStorageServiceTests() : StorageServiceSuite(new OpfsUnderTest());
