using Isar.Storage.Sqlite;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Choice;

/// <summary>Moving a database to another backend, and what can be in the way.</summary>
public sealed class MigrationTests : IDisposable
{
    private readonly World _world = new();

    public MigrationTests() => Database.PutIn(_world, "a");

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_database_moves_there_and_back()
    {
        await using Session session = _world.Start();
        foreach (string backend in (string[])["b", "a", "b"])
        {
            await session.Storage.MigrateAsync(Database.Name, backend);
            Database.AssertLivesOnlyIn(_world, backend);
            await Database.AssertWholeAsync(session.Storage);
            using var connection = new SqliteConnection(session.Storage.GetConnectionString(Database.Name));
            connection.Open();
            Database.AssertWhole(connection);
        }
        Assert.DoesNotContain(_world.Held.Keys, held => held.Backend == "a");
    }

    [Fact]
    public async Task Moving_it_to_where_it_lives_does_nothing_even_while_it_is_open()
    {
        await using Session session = _world.Start();
        await using SqliteConnection connection = await session.Storage.OpenAsync(Database.Name);
        string connectionString = session.Storage.GetConnectionString(Database.Name);
        await session.Storage.MigrateAsync(Database.Name, "a");
        Assert.Equal(connectionString, session.Storage.GetConnectionString(Database.Name));
        Assert.IsType<IsarStorage>(session.Storage).CreateEdge(Database.Name);
    }

    [Fact]
    public async Task Progress_grows_and_ends_at_the_total()
    {
        List<StorageProgress> reports = [];
        await using Session session = _world.Start();
        await session.Storage.MigrateAsync(Database.Name, "b", new Progress(reports.Add));
        foreach (StorageStage stage in (StorageStage[])[StorageStage.Copying, StorageStage.Verifying])
        {
            StorageProgress[] ofStage = [.. reports.Where(report => report.Stage == stage)];
            Assert.All(ofStage, report => Assert.Equal(Database.Content.Length, report.Total));
            Assert.Equal(0, ofStage[0].Completed);
            Assert.Equal(Database.Content.Length, ofStage[^1].Completed);
            Assert.True(ofStage.Length > 2);
            Assert.Equal(ofStage.Select(report => report.Completed).Distinct().Order(), ofStage.Select(report => report.Completed));
        }
        Assert.Equal(reports.OrderBy(report => report.Stage), reports);
    }

    [Fact]
    public async Task Cancelled_at_any_report_it_leaves_everything_as_it_was()
    {
        int reports = 0;
        await using Session session = _world.Start();
        for (int at = 0; ; at++)
        {
            reports = 0;
            using var cancellation = new CancellationTokenSource();
            Exception? failure = await Record.ExceptionAsync(() => session.Storage.MigrateAsync(Database.Name, "b", new Progress(_ =>
            {
                if (reports++ == at)
                    cancellation.Cancel();
            }), cancellation.Token).AsTask());
            if (failure is null)
                break;
            Assert.IsAssignableFrom<OperationCanceledException>(failure);
            Database.AssertLivesOnlyIn(_world, "a");
            Assert.Empty(_world.FilesOf("b"));
        }
        Assert.InRange(reports, 6, 20);
        Database.AssertLivesOnlyIn(_world, "b");
        await Database.AssertWholeAsync(session.Storage);
    }

    [Fact]
    public async Task A_handler_of_progress_that_throws_leaves_everything_as_it_was()
    {
        await using Session session = _world.Start();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.Storage.MigrateAsync(Database.Name, "b", new Progress(report =>
        {
            if (report.Completed > 0 && report.Stage == StorageStage.Verifying)
                throw new InvalidTimeZoneException();
        })).AsTask());
        Database.AssertLivesOnlyIn(_world, "a");
        Assert.Empty(_world.FilesOf("b"));
    }

    [Fact]
    public async Task An_open_database_is_busy_and_a_pooled_connection_is_not_in_the_way()
    {
        await using Session session = _world.Start();
        await using (SqliteConnection connection = await session.Storage.OpenAsync(Database.Name))
        {
            StorageException failure = await Database.AssertFailsAsync(
                StorageErrorKind.Busy, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
            Assert.Contains("while it is open", failure.Message, StringComparison.Ordinal);
            Database.AssertWhole(connection);
        }
        await session.Storage.MigrateAsync(Database.Name, "b");
        Database.AssertLivesOnlyIn(_world, "b");
    }

    [Fact]
    public async Task While_it_moves_a_database_can_be_opened_neither_here_nor_in_another_tab()
    {
        await using Session session = _world.Start();
        await using Session other = _world.Start();
        await session.Storage.PrepareAsync(Database.Name);
        string connectionString = session.Storage.GetConnectionString(Database.Name);
        List<Exception?> failures = [];
        await session.Storage.MigrateAsync(Database.Name, "b", new Progress(report =>
        {
            if (report.Completed == 0 || report.Completed == report.Total)
                return;
            // All of it completes at once here.
            failures.Add(Record.ExceptionAsync(() => session.Storage.OpenAsync(Database.Name).AsTask()).Result);
            failures.Add(Record.ExceptionAsync(() => other.Storage.OpenAsync(Database.Name).AsTask()).Result);
            failures.Add(Record.ExceptionAsync(() => session.Storage.MigrateAsync(Database.Name, "b").AsTask()).Result);
            failures.Add(Record.ExceptionAsync(() => session.Storage.DeleteAsync(Database.Name).AsTask()).Result);
            using var connection = new SqliteConnection(connectionString + ";Default Timeout=1");
            failures.Add(Record.Exception(connection.Open));
        }));
        Assert.NotEmpty(failures);
        Assert.All(failures, failure => Assert.True(
            failure is StorageException { Kind: StorageErrorKind.Busy } or SqliteException { SqliteErrorCode: 5 }, failure?.ToString()));
        Database.AssertLivesOnlyIn(_world, "b");
        await Database.AssertWholeAsync(other.Storage);
    }

    [Fact]
    public async Task Opening_waits_for_a_migration_and_opens_what_has_moved()
    {
        await using Session session = _world.Start(options => options.OpenTimeout = TimeSpan.FromSeconds(15));
        Task<SqliteConnection>? opening = null;
        await session.Storage.MigrateAsync(
            Database.Name, "b", new Progress(_ => opening ??= Task.Run(() => session.Storage.OpenAsync(Database.Name).AsTask())));
        await using SqliteConnection connection = await opening!.WaitAsync(TimeSpan.FromSeconds(30));
        Database.AssertWhole(connection);
        Database.AssertLivesOnlyIn(_world, "b");
    }

    [Fact]
    public async Task What_cannot_be_moved_says_why()
    {
        await using Session session = _world.Start(options => options.Candidates = ["a", "b", "memory"]);
        await session.Storage.MigrateAsync(Database.Name, "a");
        await Database.AssertFailsAsync(StorageErrorKind.NotFound, () => session.Storage.MigrateAsync("missing.db", "b").AsTask());
        Assert.Null(_world.RecordOf("missing.db"));
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.MigrateAsync(Database.Name, "floppy").AsTask());
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.MigrateAsync(Database.Name, "memory").AsTask());
        await Database.AssertFailsAsync(StorageErrorKind.PathInvalid, () => session.Storage.MigrateAsync("../x", "b").AsTask());
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task To_a_backend_that_is_not_available_nothing_moves()
    {
        await using Session session = _world.Start();
        session.Faults.Unavailable.Add("b");
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Unavailable, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Contains("switched b off", failure.Message, StringComparison.Ordinal);
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task A_recorded_database_that_was_never_made_is_not_found()
    {
        await using Session session = _world.Start();
        await session.Storage.PrepareAsync("never.db");
        await Database.AssertFailsAsync(StorageErrorKind.NotFound, () => session.Storage.MigrateAsync("never.db", "b").AsTask());
        Assert.Equal(new StorageHome("a"), _world.RecordOf("never.db"));
    }

    [Fact]
    public async Task A_damaged_database_stays()
    {
        byte[] damaged = [.. Database.Content];
        damaged.AsSpan(damaged.Length / 2, 200_000).Fill(0x5A);
        _world.Put("a", Database.Name, damaged);
        await using Session session = _world.Start();
        session.Faults.OnOperation = (_, operation, _) => operation == "write" ? new InvalidOperationException("It was begun.") : null;
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Corrupt, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Contains("does not pass SQLite's integrity check", failure.Message, StringComparison.Ordinal);
        Assert.Contains("It stays in the backend \"a\"", failure.Message, StringComparison.Ordinal);
        Database.AssertLivesOnlyIn(_world, "a");
        Assert.Equal(damaged, await File.ReadAllBytesAsync(_world.PathOf("a", Database.Name)));
    }

    [Fact]
    public async Task Where_there_is_no_space_the_database_stays()
    {
        await using Session session = _world.Start();
        int writes = 0;
        session.Faults.OnOperation = (backend, operation, path) =>
            backend == "b" && operation == "write" && path.Value == Database.Name && ++writes == 2
            ? new StorageException(StorageErrorKind.Full, "No space in the test.")
            : null;
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Full, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Equal("No space in the test.", failure.Message);
        Database.AssertLivesOnlyIn(_world, "a");
        Assert.Empty(_world.FilesOf("b"));
        await Database.AssertWholeAsync(session.Storage);
    }

    [Fact]
    public async Task What_is_too_large_for_the_destination_is_not_even_begun()
    {
        await using Session session = _world.Start();
        session.Faults.MaxFileLength = Database.Content.Length - 1;
        session.Faults.OnOperation = (backend, operation, _) =>
            backend == "b" && operation == "write" ? new InvalidOperationException("It was begun.") : null;
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Full, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Contains("takes at most", failure.Message, StringComparison.Ordinal);
        Database.AssertLivesOnlyIn(_world, "a");
        session.Faults.MaxFileLength++;
        session.Faults.OnOperation = null;
        await session.Storage.MigrateAsync(Database.Name, "b");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_destination_that_does_not_store_what_it_is_given_is_found_out(bool sameLength)
    {
        await using Session session = _world.Start();
        session.Faults.OnWrite = (backend, path, bytes) =>
        {
            if (backend != "b" || path.Value != Database.Name)
                return bytes;
            bytes[^1] ^= 1;
            return sameLength ? bytes : bytes[..^1];
        };
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Corrupt, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Contains("did not store the copy", failure.Message, StringComparison.Ordinal);
        Database.AssertLivesOnlyIn(_world, "a");
        Assert.Empty(_world.FilesOf("b"));
    }

    [Fact]
    public async Task What_is_compared_is_what_is_stored()
    {
        await using Session session = _world.Start();
        bool written = false;
        session.Faults.OnOperation = (backend, operation, path) =>
        {
            written |= backend == "b" && operation == "write" && path.Value == Database.Name;
            if (written && backend == "b" && operation == "release" && path.Value == Database.Name && File.Exists(_world.PathOf("b", Database.Name)))
            {
                using FileStream file = File.OpenWrite(_world.PathOf("b", Database.Name));
                file.SetLength(file.Length - 1);
            }
            return null;
        };
        await Database.AssertFailsAsync(StorageErrorKind.Corrupt, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task What_a_crash_cut_off_is_rolled_back_before_it_moves()
    {
        PutWithHotJournal();
        await using Session session = _world.Start();
        await session.Storage.MigrateAsync(Database.Name, "b");
        Database.AssertLivesOnlyIn(_world, "b");
        await Database.AssertWholeAsync(session.Storage);
    }

    [Fact]
    public async Task An_empty_database_moves()
    {
        _world.Put("a", Database.Name, []);
        List<StorageProgress> reports = [];
        await using Session session = _world.Start();
        await session.Storage.MigrateAsync(Database.Name, "b", new Progress(reports.Add));
        Assert.Equal(new StorageHome("b"), _world.RecordOf(Database.Name));
        Assert.Contains(new StorageProgress(StorageStage.Copying, 0, 0), reports);
    }

    [Fact]
    public async Task A_database_in_WAL_mode_stays_with_a_clear_error()
    {
        byte[] content = [.. Database.Content];
        content[18] = content[19] = 2;
        _world.Put("a", Database.Name, content);
        await using Session session = _world.Start();
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Unavailable, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Contains("journal_mode=WAL", failure.Message, StringComparison.Ordinal);
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task A_database_takes_along_what_only_its_log_has_and_has_none_afterwards()
    {
        Database.PutIn(_world, "a");
        await using Session session = _world.Start();
        session.Faults.OffersLog = true;
        // The log of a killed process, with rows that the database has not.
        await using (SqliteConnection connection = await session.Storage.OpenAsync(Database.Name))
        {
            Database.Execute(connection, "PRAGMA journal_mode = wal; INSERT INTO t (x) VALUES ('only in the log')");
            foreach (string suffix in (string[])["", "-wal"])
                Copy(_world.PathOf("a", Database.Name) + suffix, _world.PathOf("a", Database.Name) + suffix + ".killed");
        }
        foreach (string suffix in (string[])["", "-wal"])
            File.Move(_world.PathOf("a", Database.Name) + suffix + ".killed", _world.PathOf("a", Database.Name) + suffix, overwrite: true);
        await session.Storage.MigrateAsync(Database.Name, "b");
        await using (SqliteConnection moved = await session.Storage.OpenAsync(Database.Name))
        {
            Assert.Equal(Database.Rows + 1L, Database.Execute(moved, "SELECT count(*) FROM t"));
            Assert.Equal("delete", Database.Execute(moved, "PRAGMA journal_mode"));
        }
        Assert.Equal([Database.Name], _world.FilesOf("b"));
        Assert.DoesNotContain(_world.FilesOf("a"), file => file.StartsWith(Database.Name, StringComparison.Ordinal));

        static void Copy(string from, string to)
        {
            using FileStream source = File.Open(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using FileStream copy = File.Create(to);
            source.CopyTo(copy);
        }
    }

    [Fact]
    public async Task Another_database_at_the_destination_is_not_touched()
    {
        byte[] other = Database.Create(rows: 1);
        _world.Put("b", Database.Name, other);
        await using Session session = _world.Start();
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Corrupt, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Contains("already has another database", failure.Message, StringComparison.Ordinal);
        Assert.Equal(other, await File.ReadAllBytesAsync(_world.PathOf("b", Database.Name)));
        Assert.Equal(new StorageHome("a"), _world.RecordOf(Database.Name));
        await Database.AssertWholeAsync(session.Storage);
    }

    [Fact]
    public async Task A_copy_that_is_marked_as_none_is_overwritten()
    {
        _world.Put("b", Database.Name, [.. Database.Content, .. new byte[100_000]]);
        _world.Put("b", ".isar-away/" + Database.Name, [1]);
        await using Session session = _world.Start();
        await session.Storage.MigrateAsync(Database.Name, "b");
        Database.AssertLivesOnlyIn(_world, "b");
        await Database.AssertWholeAsync(session.Storage);
    }

    [Fact]
    public async Task An_old_copy_that_cannot_be_deleted_is_deleted_later()
    {
        await using (Session session = _world.Start())
        {
            session.Faults.OnOperation = (backend, operation, path) => backend == "a" && operation == "delete" && path.Value == Database.Name
                ? new StorageException(StorageErrorKind.Io, "Cannot be deleted.")
                : null;
            await session.Storage.MigrateAsync(Database.Name, "b");
            Assert.Contains(
                session.Log.Warnings,
                warning => warning.Contains("The copy of notes.db that a migration left in a stays", StringComparison.Ordinal));
            Assert.Equal(new StorageHome("b", LeftIn: "a"), _world.RecordOf(Database.Name));
            await Database.AssertWholeAsync(session.Storage);
            Assert.Equal("b", Assert.Single(await session.Storage.ListAsync()).Backend);
        }
        await using Session later = _world.Start();
        await Database.AssertWholeAsync(later.Storage);
        Database.AssertLivesOnlyIn(_world, "b");
    }

    [Fact]
    public async Task When_undoing_fails_too_the_first_failure_is_told_and_the_next_open_clears_up()
    {
        await using Session session = _world.Start();
        session.Faults.OnOperation = (backend, operation, path) => (backend, operation, path.ToString()) switch
        {
            ("b", "write", Database.Name) => new StorageException(StorageErrorKind.Full, "First."),
            ("b", "delete", Database.Name) => new StorageException(StorageErrorKind.Io, "Second."),
            _ => null,
        };
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Full, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Equal("First.", failure.Message);
        Assert.Equal(new StorageHome("a", MovingTo: "b"), _world.RecordOf(Database.Name));
        session.Faults.OnOperation = null;
        await Database.AssertWholeAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "a");
        Assert.Empty(_world.FilesOf("b"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_other_backend_is_not_available_the_home_is_used_and_the_rest_waits(bool isHalfCopy)
    {
        StorageHome transit = isHalfCopy ? new StorageHome("a", MovingTo: "b") : new StorageHome("a", LeftIn: "b");
        _world.SetRecord(Database.Name, transit);
        _world.Put("b", Database.Name, Database.Content[..100_000]);
        _world.Put("b", ".isar-away/" + Database.Name, [1]);
        await using (Session session = _world.Start())
        {
            session.Faults.Unavailable.Add("b");
            await using SqliteConnection first = await session.Storage.OpenAsync(Database.Name);
            await using SqliteConnection second = await session.Storage.OpenAsync(Database.Name);
            Database.AssertWhole(first);
            Database.AssertWhole(second);
            Assert.Equal(transit, _world.RecordOf(Database.Name));
            Assert.Equal("a", Assert.Single(await session.Storage.ListAsync()).Backend);
        }
        await using (Session session = _world.Start())
        {
            session.Faults.Unavailable.Add("a");
            await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.OpenAsync(Database.Name).AsTask());
            DatabaseEntry entry = Assert.Single(await session.Storage.ListAsync());
            Assert.Equal(("a", null), (entry.Backend, entry.Length));
        }
        await using Session later = _world.Start();
        await Database.AssertWholeAsync(later.Storage);
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task A_migration_that_another_tab_has_completed_meanwhile_is_not_taken_back()
    {
        _world.SetRecord(Database.Name, new StorageHome("a", MovingTo: "b"));
        await using Session session = _world.Start();
        bool moved = false;
        session.Faults.OnOperation = (backend, operation, path) =>
        {
            if (operation == "acquire" && backend == "a" && path.Value == Database.Name && !moved)
            {
                moved = true;
                File.Delete(_world.PathOf("a", Database.Name));
                Database.PutIn(_world, "b");
            }
            return null;
        };
        await Database.AssertWholeAsync(session.Storage);
        Assert.True(moved);
        Database.AssertLivesOnlyIn(_world, "b");
    }

    [Fact]
    public async Task A_database_deleted_while_a_half_copy_is_out_of_reach_stays_deleted()
    {
        _world.SetRecord(Database.Name, new StorageHome("a", MovingTo: "b"));
        _world.Put("b", Database.Name, Database.Content[..100_000]);
        _world.Put("b", ".isar-away/" + Database.Name, [1]);
        await using (Session session = _world.Start())
        {
            session.Faults.Unavailable.Add("b");
            Assert.True(await session.Storage.DeleteAsync(Database.Name));
            Assert.False(await session.Storage.ExistsAsync(Database.Name));
        }
        await using Session later = _world.Start();
        Assert.False(await later.Storage.ExistsAsync(Database.Name));
        await ChoiceTests.CreateAsync(later.Storage);
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task A_second_connection_does_not_wait_for_clearing_up()
    {
        await using Session session = _world.Start();
        session.Faults.Unavailable.Add("b");
        await using SqliteConnection first = await session.Storage.OpenAsync(Database.Name);
        _world.SetRecord(Database.Name, new StorageHome("a", LeftIn: "b"));
        session.Faults.Unavailable.Clear();
        await using SqliteConnection second = await session.Storage.OpenAsync(Database.Name);
        Database.AssertWhole(second);
    }

    /// <summary>Puts the database as a process leaves it that ends in the middle of a commit.</summary>
    private void PutWithHotJournal()
    {
        string file = _world.PathOf("a", "crash.tmp");
        _world.Put("a", "crash.tmp", Database.Content);
        using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            Database.Execute(connection, "PRAGMA cache_size = 2; BEGIN; UPDATE t SET x = 'lost'");
            _world.Put("a", Database.Name, ReadShared(file));
            _world.Put("a", Database.Name + "-journal", ReadShared(file + "-journal"));
            Assert.NotEqual(Database.Content, ReadShared(file));
        }
        File.Delete(file);

        static byte[] ReadShared(string path)
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        }
    }

    private sealed class Progress(Action<StorageProgress> hear) : IProgress<StorageProgress>
    {
        public void Report(StorageProgress value) => hear(value);
    }
}
