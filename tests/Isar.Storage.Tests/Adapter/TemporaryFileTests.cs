using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary>Where SQLite's temporary files are, and how large they may become.</summary>
public sealed class TemporaryFileTests
{
    private const string Database = "temporary.db";

    /// <summary>Makes a temporary table of about 4 MB, more than SQLite keeps in its cache.</summary>
    private const string FillTemporaryTable =
        "CREATE TEMP TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) SELECT randomblob(1000) FROM n";

    [Fact]
    public async Task In_memory_they_have_a_limit_that_the_error_names_and_the_report_counts_them()
    {
        await using ServiceProvider services = Create(options => options.MaxTemporaryBytes = 3_000_000);
        IIsarStorage storage = services.GetRequiredService<IIsarStorage>();
        await using (SqliteConnection connection = await storage.OpenAsync(Database))
        {
            Execute(connection, "PRAGMA temp_store = FILE; PRAGMA temp.cache_size = 10");
            SqliteException full = Assert.Throws<SqliteException>(() => Execute(connection, FillTemporaryTable));
            Assert.Equal(raw.SQLITE_FULL, full.SqliteErrorCode);
            Execute(connection, "CREATE TEMP TABLE small AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                + "SELECT randomblob(1000) FROM n");
            Assert.InRange((await storage.GetReportAsync()).TemporaryBytes, 500_000, 3_000_000);
        }
        Assert.Equal(0, (await storage.GetReportAsync()).TemporaryBytes);
    }

    [Fact]
    public async Task On_native_files_they_are_files_without_names_in_sqlites_temporary_directory()
    {
        // Only Linux tells which files a process has open.
        if (!OperatingSystem.IsLinux())
            return;
        string directory = Directory.CreateTempSubdirectory("isar-temporary-").FullName;
        try
        {
            await using ServiceProvider services =
                new ServiceCollection().AddIsarStorage(options => options.Directory = directory).UseNative().Services.BuildServiceProvider();
            IIsarStorage storage = services.GetRequiredService<IIsarStorage>();
            string[] before = FindTemporaryFiles();
            string[] used;
            await using (SqliteConnection connection = await storage.OpenAsync(Database))
            {
                Execute(connection, "PRAGMA temp.cache_size = 10");
                Execute(connection, FillTemporaryTable);
                used = [.. FindTemporaryFiles().Except(before)];
                Assert.NotEmpty(used);
                Assert.All(used, file => Assert.EndsWith(" (deleted)", file, StringComparison.Ordinal));
                Assert.Equal(0, (await storage.GetReportAsync()).TemporaryBytes);
            }
            Assert.NotEmpty(used.Except(FindTemporaryFiles()));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_limit_below_0_is_refused()
    {
        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(
            () => Create(options => options.MaxTemporaryBytes = -1).GetRequiredService<IIsarStorage>());
        Assert.Contains(nameof(IsarStorageOptions.MaxTemporaryBytes), failure.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Create(Action<IsarStorageOptions> configure) =>
        new ServiceCollection().AddIsarStorage(configure).UseMemory().Services.BuildServiceProvider();

    /// <summary>Finds this process's open files that a storage made for temporary data.</summary>
    private static string[] FindTemporaryFiles() =>
        [.. Directory.EnumerateFiles("/proc/self/fd").Select(file => new FileInfo(file).LinkTarget ?? "")
            .Where(target => target.Contains("/isar-sqlite-", StringComparison.Ordinal))];

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
