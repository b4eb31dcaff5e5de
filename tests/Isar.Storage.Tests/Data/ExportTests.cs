using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Data;

/// <summary>Databases as streams, and copies under another name.</summary>
public sealed class ExportTests : IAsyncDisposable
{
    private readonly World _world = new();
    private readonly Session _session;

    public ExportTests() => _session = _world.Start(options =>
    {
        options.TransactionTimeout = TimeSpan.FromMilliseconds(300);
        options.RetryDelay = TimeSpan.FromMilliseconds(10);
    });

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        _world.Dispose();
    }

    [Fact]
    public async Task Others_write_while_an_export_is_read_which_does_not_see_it()
    {
        byte[] large = Files.Create("old", 20_000, 4096);
        await _session.Storage.ImportAsync(large);
        await using SqliteConnection open = await _session.Storage.OpenAsync(Files.Name);
        var target = new Callback(() => Database.Execute(open, "UPDATE t SET x = x || 'b'; DELETE FROM t WHERE id % 7 = 0"));
        await _session.Storage.ExportAsync(Files.Name, target);
        Assert.True(target.Calls > 3);
        Assert.Equal(("old", 20_000L), Files.Read(target.ToArray()));
        Assert.NotEqual(20_000L, Database.Execute(open, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_transaction_in_progress_is_not_in_an_export_and_readers_do_not_matter()
    {
        await _session.Storage.ImportAsync(Files.Old);
        await using SqliteConnection open = await _session.Storage.OpenAsync(Files.Name);
        Database.Execute(open, "BEGIN; SELECT count(*) FROM t");
        Assert.Equal(Files.IsOld, Files.Read(await _session.Storage.ExportAsync()));
        Database.Execute(open, "DELETE FROM t");
        await Database.AssertFailsAsync(StorageErrorKind.Busy, () => _session.Storage.ExportAsync());
        Database.Execute(open, "ROLLBACK");
        Assert.Equal(Files.IsOld, Files.Read(await _session.Storage.ExportAsync()));
        Assert.Equal([Files.Name], _world.FilesOf("a"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("memory")]
    public async Task A_database_without_a_table_is_a_file_that_can_be_imported(string backend)
    {
        IIsarStorage storage = _session.Keyed(backend);
        await using (await storage.OpenAsync(Files.Name))
        {
            byte[] exported = await storage.ExportAsync();
            Assert.NotEmpty(exported);
            await storage.ImportAsync(Files.Old, "other.db");
            await storage.ImportAsync(exported, "other.db");
        }
        await using SqliteConnection other = await storage.OpenAsync("other.db");
        Assert.Equal(0L, Database.Execute(other, "SELECT count(*) FROM sqlite_schema"));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found_and_not_made()
    {
        await Database.AssertFailsAsync(StorageErrorKind.NotFound, () => _session.Storage.ExportAsync());
        await Database.AssertFailsAsync(StorageErrorKind.NotFound, () => _session.Storage.BackupAsync(Files.Name, "other.db").AsTask());
        Assert.Empty(_world.FilesOf("a"));
        Assert.Empty(_world.Record);
    }

    [Fact]
    public async Task When_the_target_fails_nothing_stays_behind()
    {
        await _session.Storage.ImportAsync(Files.Old);
        var target = new Callback(() => throw new InvalidOperationException("The target failed."));
        await Assert.ThrowsAsync<InvalidOperationException>(() => _session.Storage.ExportAsync(Files.Name, target).AsTask());
        Assert.Equal([Files.Name], _world.FilesOf("a"));
    }

    [Fact]
    public async Task Without_space_for_the_copy_an_export_fails_and_nothing_stays_behind()
    {
        await _session.Storage.ImportAsync(Files.Old);
        _session.Faults.OnOperation = (_, operation, path) =>
            operation == "write" && path.Value.StartsWith(".isar-staging/", StringComparison.Ordinal)
            ? new StorageException(StorageErrorKind.Full, "No space is left.") : null;
        await Database.AssertFailsAsync(StorageErrorKind.Full, () => _session.Storage.ExportAsync());
        Assert.Equal([Files.Name], _world.FilesOf("a"));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("memory")]
    public async Task A_backup_is_a_copy_under_another_name_and_replaces_the_one_before(string backend)
    {
        IIsarStorage storage = _session.Keyed(backend);
        List<StorageProgress> reports = [];
        await storage.ImportAsync(Files.Old);
        await storage.BackupAsync(Files.Name, "backup.db", new Hearing(reports.Add));
        Assert.Equal(Files.IsOld, await Files.DescribeAsync(storage, "backup.db"));
        Assert.Equal(new StorageProgress(StorageStage.Replacing, Files.Old.Length, Files.Old.Length), reports[^1]);
        await using SqliteConnection open = await storage.OpenAsync("backup.db");
        await storage.ImportAsync(Files.New);
        Assert.Equal(Files.IsOld, Files.Describe(open));
        await storage.BackupAsync(Files.Name, "backup.db");
        Assert.Equal(Files.IsNew, Files.Describe(open));
        Assert.Equal(Files.IsNew, await Files.DescribeAsync(storage));
        await Database.AssertFailsAsync(StorageErrorKind.PathInvalid, () => storage.BackupAsync(Files.Name, Files.Name).AsTask());
        await Database.AssertFailsAsync(StorageErrorKind.PathInvalid, () => storage.BackupAsync(Files.Name, ".isar-staging/x").AsTask());
    }

    [Fact]
    public async Task A_backup_whose_target_is_busy_changes_nothing()
    {
        await _session.Storage.ImportAsync(Files.New);
        await _session.Storage.ImportAsync(Files.Old, "backup.db");
        await using SqliteConnection open = await _session.Storage.OpenAsync("backup.db");
        Database.Execute(open, "BEGIN; SELECT count(*) FROM t");
        await Database.AssertFailsAsync(StorageErrorKind.Busy, () => _session.Storage.BackupAsync(Files.Name, "backup.db").AsTask());
        Database.Execute(open, "ROLLBACK");
        Assert.Equal(Files.IsOld, Files.Describe(open));
    }

    /// <summary>A stream that calls back before each write.</summary>
    private sealed class Callback(Action call) : MemoryStream
    {
        public int Calls { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Calls++;
            call();
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
