using Isar.Storage.Conformance;
using Xunit;

namespace Isar.Storage.Tests.Conformance;

/// <summary>The suites that go through SQLite once more, on native databases that have a write-ahead log from their beginning.</summary>
public sealed class WalComplianceTests() : BackendCompliance("Wal")
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

public sealed class WalSqlTransactionTests() : SqlTransactionSuite(new WalUnderTest())
{
    private const string Spills = "A cache spills into the log, as SqlWriteAheadLogSuite shows, and not into the database.";

    [Fact(Skip = Spills)]
    public override Task A_transaction_larger_than_the_cache_commits() => base.A_transaction_larger_than_the_cache_commits();

    [Fact(Skip = Spills)]
    public override Task A_transaction_larger_than_the_cache_is_undone() => base.A_transaction_larger_than_the_cache_is_undone();
}

public sealed class WalSqlFileFormatTests() : SqlFileFormatSuite(new WalUnderTest())
{
    private const string PageSize = "A database with a log keeps its page size.";
    private const string Length = "With a log the file is cut at a checkpoint, and not at the commit.";
    private const string Beside = "The log and its index stand beside an open database.";

    [Fact(Skip = PageSize)]
    public override Task Every_page_size_works() => base.Every_page_size_works();

    [Fact(Skip = PageSize)]
    public override Task Vacuum_changes_the_page_size() => base.Vacuum_changes_the_page_size();

    [Fact(Skip = Length)]
    public override Task Vacuum_gives_space_back() => base.Vacuum_gives_space_back();

    [Fact(Skip = Length)]
    public override Task Auto_vacuum_shortens_the_file_at_commit() => base.Auto_vacuum_shortens_the_file_at_commit();

    [Fact(Skip = Length)]
    public override Task Incremental_vacuum_shortens_the_file_bit_by_bit() => base.Incremental_vacuum_shortens_the_file_bit_by_bit();

    [Fact(Skip = Beside)]
    public override Task Temporary_tables_and_sorts_use_files_and_leave_none() => base.Temporary_tables_and_sorts_use_files_and_leave_none();
}

public sealed class WalSqlErrorTests() : SqlErrorSuite(new WalUnderTest())
{
    private const string Readers = "Beside a writer's lock others go on reading; SqlWriteAheadLogSuite shows who is refused.";

    [Fact(Skip = Readers)]
    public override Task A_held_lock_is_busy_and_no_other_error() => base.A_held_lock_is_busy_and_no_other_error();

    [Fact(Skip = Readers)]
    public override Task Opening_a_locked_database_is_busy() => base.Opening_a_locked_database_is_busy();
}

public sealed class WalStorageServiceTests() : StorageServiceSuite(new WalUnderTest());
