namespace Isar.Storage.Conformance;

/// <summary>
/// The guard over the tests of a backend whose databases have a write-ahead log from their beginning: the suites that go through SQLite are run once
/// more.
/// </summary>
public abstract class LoggedCompliance(string backend) : BackendCompliance(backend)
{
    private const string WithoutSqlite = "It does not go through SQLite, which decides about the log.";
    private const string ForTheMode = "It is about what single journal modes do, and sets them itself.";

    protected override IReadOnlyDictionary<Type, string> WithoutSuites { get; } = new Dictionary<Type, string>
    {
        [typeof(FileReadWriteSuite)] = WithoutSqlite,
        [typeof(FileLengthSuite)] = WithoutSqlite,
        [typeof(FileLifecycleSuite)] = WithoutSqlite,
        [typeof(LockSuite)] = WithoutSqlite,
        [typeof(DurabilitySuite)] = WithoutSqlite,
        [typeof(SharedMemorySuite)] = WithoutSqlite,
        [typeof(SqlJournalModeSuite)] = ForTheMode,
        [typeof(SqlConcurrencySuite)] = "It is about readers that hold a commit back; with a log they do not, as SqlWriteAheadLogSuite shows.",
        [typeof(SqlWriteAheadLogSuite)] = ForTheMode,
    };

    protected override IReadOnlyList<string> Skipped =>
    [
        nameof(SqlTransactionSuite.A_transaction_larger_than_the_cache_commits),
        nameof(SqlTransactionSuite.A_transaction_larger_than_the_cache_is_undone),
        nameof(SqlFileFormatSuite.Every_page_size_works),
        nameof(SqlFileFormatSuite.Vacuum_changes_the_page_size),
        nameof(SqlFileFormatSuite.Vacuum_gives_space_back),
        nameof(SqlFileFormatSuite.Auto_vacuum_shortens_the_file_at_commit),
        nameof(SqlFileFormatSuite.Incremental_vacuum_shortens_the_file_bit_by_bit),
        nameof(SqlFileFormatSuite.Temporary_tables_and_sorts_use_files_and_leave_none),
        nameof(SqlErrorSuite.A_held_lock_is_busy_and_no_other_error),
        nameof(SqlErrorSuite.Opening_a_locked_database_is_busy),
    ];
}
