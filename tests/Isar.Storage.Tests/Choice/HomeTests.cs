using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Choice;

/// <summary>Where a database that exists is looked for: where it lives, and nowhere else.</summary>
public sealed class HomeTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_database_stays_where_it_was_made_when_something_better_becomes_available()
    {
        await using (Session first = _world.Start())
        {
            first.Faults.Unavailable.Add("a");
            await ChoiceTests.CreateAsync(first.Storage);
        }
        await using Session second = _world.Start();
        await ChoiceTests.CreateAsync(second.Storage);
        Database.AssertLivesOnlyIn(_world, "b");
        await ChoiceTests.CreateAsync(second.Keyed("b"));
        Assert.Equal("a", (await second.Storage.GetReportAsync()).Backend);
    }

    [Fact]
    public async Task While_its_home_is_not_available_a_database_cannot_be_opened_but_is_known()
    {
        Database.PutIn(_world, "a");
        await using (Session session = _world.Start())
        {
            session.Faults.Unavailable.Add("a");
            foreach (Func<Task> use in (Func<Task>[])[
                () => session.Storage.OpenAsync(Database.Name).AsTask(),
                () => session.Storage.PrepareAsync(Database.Name).AsTask(),
                () => session.Storage.DeleteAsync(Database.Name).AsTask(),
                () => session.Storage.MigrateAsync(Database.Name, "b").AsTask()])
            {
                StorageException failure = await Database.AssertFailsAsync(StorageErrorKind.Unavailable, use);
                Assert.Contains(Database.Name, failure.Message, StringComparison.Ordinal);
                Assert.Contains("\"a\"", failure.Message, StringComparison.Ordinal);
                Assert.Contains("The test has switched a off.", failure.Message, StringComparison.Ordinal);
            }
            Assert.True(await session.Storage.ExistsAsync(Database.Name));
            DatabaseEntry[] expected = [new(StoragePath.Parse(Database.Name), "a", Length: null)];
            Assert.Equal(expected, await session.Storage.ListAsync());
            Assert.Equal(expected, (await session.Storage.GetReportAsync()).Databases);
            Assert.Empty(_world.FilesOf("b"));
            session.Faults.Unavailable.Clear();
            await Database.AssertWholeAsync(session.Storage);
        }
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task A_home_that_is_not_among_the_candidates_is_an_error_that_says_what_to_do()
    {
        Database.PutIn(_world, "a");
        await using Session session = _world.Start(options => options.Candidates = ["b"]);
        foreach (IIsarStorage storage in (IIsarStorage[])[session.Storage, session.Keyed("b")])
        {
            StorageException failure = await Database.AssertFailsAsync(
                StorageErrorKind.Unavailable, () => storage.OpenAsync(Database.Name).AsTask());
            Assert.Contains("migrate the database", failure.Message, StringComparison.Ordinal);
            Assert.Contains("candidates", failure.Message, StringComparison.Ordinal);
        }
        Assert.True(await session.Storage.ExistsAsync(Database.Name));
        Assert.Empty(_world.FilesOf("b"));
        await session.Storage.MigrateAsync(Database.Name, "b");
        await Database.AssertWholeAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "b");
    }

    [Fact]
    public async Task A_database_older_than_the_record_is_recorded_where_it_is()
    {
        _world.Put("b", Database.Name, Database.Content);
        await using Session session = _world.Start();
        Assert.True(await session.Storage.ExistsAsync(Database.Name));
        await Database.AssertWholeAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "b");
    }

    [Fact]
    public async Task Two_databases_of_one_name_are_an_error_and_stay_as_they_are()
    {
        byte[] other = Database.Create(rows: 1);
        _world.Put("a", Database.Name, Database.Content);
        _world.Put("b", Database.Name, other);
        await using Session session = _world.Start();
        foreach (Func<Task> use in (Func<Task>[])[
            () => session.Storage.OpenAsync(Database.Name).AsTask(),
            () => session.Storage.DeleteAsync(Database.Name).AsTask(),
            () => session.Storage.MigrateAsync(Database.Name, "b").AsTask()])
        {
            StorageException failure = await Database.AssertFailsAsync(StorageErrorKind.Corrupt, use);
            Assert.Contains("\"a\" and \"b\"", failure.Message, StringComparison.Ordinal);
        }
        Assert.Equal(["a", "b"], (await session.Storage.ListAsync()).Select(entry => entry.Backend));
        Assert.Empty(_world.Record);
        Assert.Equal(Database.Content, await File.ReadAllBytesAsync(_world.PathOf("a", Database.Name)));
        Assert.Equal(other, await File.ReadAllBytesAsync(_world.PathOf("b", Database.Name)));
    }

    [Fact]
    public async Task The_home_is_recorded_before_the_database_is_made()
    {
        await using (Session dying = _world.Start())
        {
            dying.Faults.OnOperation = (_, operation, path) =>
                operation == "open" && path.Value == Database.Name ? new StorageException(StorageErrorKind.Io, "Broken.") : null;
            await Assert.ThrowsAsync<StorageException>(() => dying.Storage.OpenAsync(Database.Name).AsTask());
        }
        Assert.Equal(new StorageHome("a"), _world.RecordOf(Database.Name));
        await using Session session = _world.Start();
        Assert.False(await session.Storage.ExistsAsync(Database.Name));
        Assert.Empty(await session.Storage.ListAsync());
        Assert.False(await session.Storage.DeleteAsync(Database.Name));
        Assert.Null(_world.RecordOf(Database.Name));
    }

    [Fact]
    public async Task Who_is_slower_to_record_a_new_database_opens_that_of_the_other()
    {
        await using Session session = _world.Start();
        bool raced = false;
        // Another tab, which has only b, records the same name after this session has looked and before it records.
        session.Faults.OnOperation = (backend, operation, _) =>
        {
            if (operation == "list" && backend == "b" && !raced)
            {
                raced = true;
                Database.PutIn(_world, "b");
            }
            return null;
        };
        await Database.AssertWholeAsync(session.Storage);
        Assert.True(raced);
        Database.AssertLivesOnlyIn(_world, "b");
    }

    [Fact]
    public async Task A_home_that_changes_before_the_files_are_acquired_is_followed()
    {
        Database.PutIn(_world, "a");
        await using Session session = _world.Start();
        bool moved = false;
        session.Faults.OnOperation = (backend, operation, path) =>
        {
            if (operation == "acquire" && backend == "a" && !moved)
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
        Assert.DoesNotContain(("a", StoragePath.Parse(Database.Name)), _world.Held.Keys);
    }

    [Fact]
    public async Task Opening_at_the_same_time_opens_the_same_database()
    {
        await using Session session = _world.Start(options => options.OpenTimeout = TimeSpan.FromSeconds(15));
        SqliteConnection[] connections = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            Task.Run(() => session.Storage.OpenAsync("many.db").AsTask())));
        Database.Execute(connections[0], "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
        Assert.All(connections, connection => Assert.Equal(1L, Database.Execute(connection, "SELECT count(*) FROM t")));
        foreach (SqliteConnection connection in connections)
            await connection.DisposeAsync();
    }

    [Fact]
    public async Task Deleting_removes_the_record_and_the_marks()
    {
        Database.PutIn(_world, "a");
        await using Session session = _world.Start();
        await session.Storage.MigrateAsync(Database.Name, "b");
        Assert.Equal([".isar-away/" + Database.Name], _world.FilesOf("a"));
        Assert.True(await session.Storage.DeleteAsync(Database.Name));
        Assert.Empty(_world.Record);
        Assert.Empty(_world.FilesOf("a"));
        Assert.Empty(_world.FilesOf("b"));
        Assert.False(await session.Storage.DeleteAsync(Database.Name));
        await ChoiceTests.CreateAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task Used_bytes_are_those_of_all_backends()
    {
        Database.PutIn(_world, "a");
        _world.Put("b", "other.db", new byte[8192]);
        await using Session session = _world.Start();
        StorageReport report = await session.Storage.GetReportAsync();
        Assert.Equal(Database.Content.Length + 8192, report.UsedBytes);
        Assert.Equal([("notes.db", "a"), ("other.db", "b")], report.Databases.Select(entry => (entry.Path.Value, entry.Backend)));
    }

    [Fact]
    public async Task A_database_in_use_by_another_tab_is_busy()
    {
        Database.PutIn(_world, "a");
        await using Session first = _world.Start();
        await using Session second = _world.Start();
        await Database.AssertWholeAsync(first.Storage);
        await Database.AssertFailsAsync(StorageErrorKind.Busy, () => second.Storage.OpenAsync(Database.Name).AsTask());
        await first.DisposeAsync();
        await Database.AssertWholeAsync(second.Storage);
    }
}
