using Isar.Storage.Conformance;

namespace Isar.Storage.Tests.Conformance;

public sealed class NativeComplianceTests() : BackendCompliance("Native");

public sealed class NativeFileReadWriteTests() : FileReadWriteSuite(new NativeUnderTest());

public sealed class NativeFileLengthTests() : FileLengthSuite(new NativeUnderTest());

public sealed class NativeFileLifecycleTests() : FileLifecycleSuite(new NativeUnderTest());

public sealed class NativeLockTests() : LockSuite(new NativeUnderTest());

public sealed class NativeSharedMemoryTests() : SharedMemorySuite(new NativeUnderTest());

public sealed class NativeDurabilityTests() : DurabilitySuite(new NativeUnderTest());

public sealed class NativeSqlJournalModeTests() : SqlJournalModeSuite(new NativeUnderTest());

public sealed class NativeSqlTransactionTests() : SqlTransactionSuite(new NativeUnderTest());

public sealed class NativeSqlFileFormatTests() : SqlFileFormatSuite(new NativeUnderTest());

public sealed class NativeSqlErrorTests() : SqlErrorSuite(new NativeUnderTest());

public sealed class NativeSqlConcurrencyTests() : SqlConcurrencySuite(new NativeUnderTest());

public sealed class NativeSqlWriteAheadLogTests() : SqlWriteAheadLogSuite(new NativeUnderTest());

public sealed class NativeStorageServiceTests() : StorageServiceSuite(new NativeUnderTest());
