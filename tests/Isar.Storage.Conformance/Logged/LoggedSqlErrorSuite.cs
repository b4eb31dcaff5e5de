using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>Errors, on databases with a write-ahead log.</summary>
public abstract class LoggedSqlErrorSuite(BackendUnderTest underTest) : SqlErrorSuite(underTest)
{
    private const string Readers = "Beside a writer's lock others go on reading; SqlWriteAheadLogSuite shows who is refused.";

    [Fact(Skip = Readers)]
    public override Task A_held_lock_is_busy_and_no_other_error() => base.A_held_lock_is_busy_and_no_other_error();

    [Fact(Skip = Readers)]
    public override Task Opening_a_locked_database_is_busy() => base.Opening_a_locked_database_is_busy();
}
