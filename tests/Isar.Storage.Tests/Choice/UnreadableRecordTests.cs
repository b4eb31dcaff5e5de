using Isar.Storage.Tests.Worlds;
using Xunit;

namespace Isar.Storage.Tests.Choice;

/// <summary>A day on which the record of homes cannot be read.</summary>
public sealed class UnreadableRecordTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task What_only_one_backend_has_is_opened_there_with_a_warning()
    {
        Database.PutIn(_world, "b");
        await using Session session = StartWithoutRecord();
        await Database.AssertWholeAsync(session.Storage);
        Assert.Contains(session.Log.Warnings, warning => warning.Contains("b is the only storage that has it", StringComparison.Ordinal));
        Assert.Equal("b", Assert.Single(await session.Storage.ListAsync()).Backend);
        Assert.True(await session.Storage.ExistsAsync(Database.Name));
        Assert.Equal("b", Assert.Single((await session.Storage.GetReportAsync()).Databases).Backend);
    }

    [Fact]
    public async Task Nothing_is_made()
    {
        await using Session session = StartWithoutRecord();
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Unavailable, () => session.Storage.OpenAsync(Database.Name).AsTask());
        Assert.Contains(
            "It cannot be told where the database \"notes.db\" lives: The record is not readable in this test.",
            failure.Message,
            StringComparison.Ordinal);
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.PrepareAsync(Database.Name).AsTask());
        Assert.Empty(_world.FilesOf("a"));
        Assert.Empty(_world.FilesOf("b"));
        session.Faults.RecordFails = false;
        await ChoiceTests.CreateAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task Nothing_is_made_where_the_database_was_a_moment_ago()
    {
        Database.PutIn(_world, "a");
        await using Session session = StartWithoutRecord();
        session.Faults.OnOperation = (backend, operation, _) =>
        {
            if (operation == "acquire" && backend == "a")
                File.Delete(_world.PathOf("a", Database.Name));
            return null;
        };
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.OpenAsync(Database.Name).AsTask());
        Assert.Empty(_world.FilesOf("a"));
    }

    [Fact]
    public async Task What_two_backends_have_is_not_opened()
    {
        _world.Put("a", Database.Name, Database.Content);
        Database.PutIn(_world, "b");
        await using Session session = StartWithoutRecord();
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.OpenAsync(Database.Name).AsTask());
    }

    [Fact]
    public async Task An_old_copy_is_not_opened_and_not_listed()
    {
        Database.PutIn(_world, "a");
        await using (Session session = _world.Start())
        {
            session.Faults.OnOperation = (backend, operation, path) => backend == "a" && operation == "delete" && path.Value == Database.Name
                ? new StorageException(StorageErrorKind.Io, "Cannot be deleted.")
                : null;
            await session.Storage.MigrateAsync(Database.Name, "b");
        }
        Assert.Equal(new StorageHome("b", LeftIn: "a"), _world.RecordOf(Database.Name));
        await using Session without = StartWithoutRecord("b");
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => without.Storage.OpenAsync(Database.Name).AsTask());
        Assert.Empty(await without.Storage.ListAsync());
    }

    [Fact]
    public async Task When_the_record_is_lost_an_old_copy_is_an_error()
    {
        _world.Put("a", Database.Name, Database.Content);
        _world.Put("a", ".isar-away/" + Database.Name, [1]);
        await using Session session = _world.Start();
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Unavailable, () => session.Storage.OpenAsync(Database.Name).AsTask());
        Assert.Contains("was moved from the backend \"a\"", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_world.Record);
    }

    [Fact]
    public async Task A_mark_without_a_copy_does_not_outlive_a_new_database()
    {
        _world.Put("a", ".isar-away/" + Database.Name, [1]);
        await using Session session = _world.Start();
        await ChoiceTests.CreateAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task Deleting_and_migrating_need_the_record()
    {
        Database.PutIn(_world, "a");
        await using Session session = StartWithoutRecord();
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.DeleteAsync(Database.Name).AsTask());
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        await session.DisposeAsync();
        Database.AssertLivesOnlyIn(_world, "a");
    }

    private Session StartWithoutRecord(params string[] unavailable)
    {
        Session session = _world.Start();
        session.Faults.RecordFails = true;
        session.Faults.Unavailable.UnionWith(unavailable);
        return session;
    }
}
