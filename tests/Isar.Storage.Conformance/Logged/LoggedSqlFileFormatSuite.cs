using Xunit;

namespace Isar.Storage.Conformance;

/// <summary>The file format, on databases with a write-ahead log.</summary>
public abstract class LoggedSqlFileFormatSuite(BackendUnderTest underTest) : SqlFileFormatSuite(underTest)
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
