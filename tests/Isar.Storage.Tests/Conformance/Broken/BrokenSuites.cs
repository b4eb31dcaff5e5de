using Isar.Storage.Cases;
using Isar.Storage.Conformance;
using Xunit;

namespace Isar.Storage.Tests.Conformance;

/// <summary>Runs cases of the suites on a broken backend.</summary>
internal static class BrokenSuites
{
    private static readonly Dictionary<Type, Func<BackendUnderTest, object>> _create = new()
    {
        [typeof(FileReadWriteSuite)] = place => new FileReadWrite(place),
        [typeof(FileLengthSuite)] = place => new FileLength(place),
        [typeof(FileLifecycleSuite)] = place => new FileLifecycle(place),
        [typeof(LockSuite)] = place => new Locks(place),
        [typeof(SharedMemorySuite)] = place => new SharedMemory(place),
        [typeof(DurabilitySuite)] = place => new Durability(place),
        [typeof(SqlJournalModeSuite)] = place => new SqlJournalMode(place),
        [typeof(SqlTransactionSuite)] = place => new SqlTransaction(place),
        [typeof(SqlFileFormatSuite)] = place => new SqlFileFormat(place),
        [typeof(SqlErrorSuite)] = place => new SqlError(place),
        [typeof(SqlConcurrencySuite)] = place => new SqlConcurrency(place),
        [typeof(SqlWriteAheadLogSuite)] = place => new SqlWriteAheadLog(place),
        [typeof(StorageServiceSuite)] = place => new StorageService(place),
    };

    /// <summary>Runs one case.</summary>
    /// <returns>How it failed, or <see langword="null"/> when it passed.</returns>
    public static async Task<Exception?> FailureOfAsync(Type suite, SuiteCase @case, BrokenUnderTest place)
        => await Record.ExceptionAsync(() => @case.RunAsync(() => _create[suite](place)));

    // Not public, so that no test runner takes them for tests of their own.
    private sealed class FileReadWrite(BackendUnderTest place) : FileReadWriteSuite(place);

    private sealed class FileLength(BackendUnderTest place) : FileLengthSuite(place);

    private sealed class FileLifecycle(BackendUnderTest place) : FileLifecycleSuite(place);

    private sealed class Locks(BackendUnderTest place) : LockSuite(place);

    private sealed class SharedMemory(BackendUnderTest place) : SharedMemorySuite(place);

    private sealed class Durability(BackendUnderTest place) : DurabilitySuite(place);

    private sealed class SqlJournalMode(BackendUnderTest place) : SqlJournalModeSuite(place);

    private sealed class SqlTransaction(BackendUnderTest place) : SqlTransactionSuite(place);

    private sealed class SqlFileFormat(BackendUnderTest place) : SqlFileFormatSuite(place);

    private sealed class SqlError(BackendUnderTest place) : SqlErrorSuite(place);

    private sealed class SqlConcurrency(BackendUnderTest place) : SqlConcurrencySuite(place);

    private sealed class SqlWriteAheadLog(BackendUnderTest place) : SqlWriteAheadLogSuite(place);

    private sealed class StorageService(BackendUnderTest place) : StorageServiceSuite(place);
}
