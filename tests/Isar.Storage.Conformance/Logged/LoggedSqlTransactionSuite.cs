using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Transactions, on databases with a write-ahead log.</summary>
public abstract class LoggedSqlTransactionSuite(BackendUnderTest underTest) : SqlTransactionSuite(underTest)
{
    private const string Spills = "A cache spills into the log, as SqlWriteAheadLogSuite shows, and not into the database.";

    [Fact(Skip = Spills)]
    public override Task A_transaction_larger_than_the_cache_commits() => base.A_transaction_larger_than_the_cache_commits();

    [Fact(Skip = Spills)]
    public override Task A_transaction_larger_than_the_cache_is_undone() => base.A_transaction_larger_than_the_cache_is_undone();
}
