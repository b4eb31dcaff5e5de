using Isar.Storage.Backends.Memory;
using Isar.Storage.Conformance;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Choice;

/// <summary>Which backend a new database is made in, and what is said about it.</summary>
public sealed class ChoiceTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_new_database_is_made_in_the_first_candidate()
    {
        await using Session session = _world.Start();
        await CreateAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "a");
        StorageReport report = await session.Storage.GetReportAsync();
        Assert.Equal(("a", "It is the first backend that was added."), (report.Backend, report.Reason));
        Assert.Empty(report.Rejected);
    }

    [Fact]
    public async Task The_options_set_the_order()
    {
        await using Session session = _world.Start(options => options.Candidates = ["b", "a"]);
        await CreateAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "b");
        Assert.Equal("It is the first candidate of the options.", (await session.Storage.GetReportAsync()).Reason);
    }

    [Fact]
    public async Task Where_the_first_is_not_available_the_second_is_taken_and_the_report_says_why()
    {
        await using Session session = _world.Start();
        session.Faults.Unavailable.Add("a");
        await CreateAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "b");
        StorageReport report = await session.Storage.GetReportAsync();
        Assert.Equal("b", report.Backend);
        Assert.Equal(_world.PathOf("b").TrimEnd('/'), report.Location);
        Assert.Equal("It is the first that is available; not available: a.", report.Reason);
        Assert.Equal([new RejectedBackend("a", "The test has switched a off.")], report.Rejected);
    }

    [Fact]
    public async Task What_was_not_available_once_is_not_chosen_later_in_the_session()
    {
        await using Session session = _world.Start();
        session.Faults.Unavailable.Add("a");
        await session.Storage.PrepareAsync("first.db");
        session.Faults.Unavailable.Clear();
        await session.Storage.PrepareAsync("second.db");
        Assert.Equal("b", _world.RecordOf("second.db")!.Backend);
    }

    [Fact]
    public async Task A_failure_that_is_not_unavailability_chooses_nothing_else()
    {
        await using Session session = _world.Start();
        session.Faults.OnOperation = (backend, operation, _) =>
            backend == "a" && operation == "initialize" ? new StorageException(StorageErrorKind.PermissionDenied, "Not yours.") : null;
        await Database.AssertFailsAsync(StorageErrorKind.PermissionDenied, () => CreateAsync(session.Storage));
        Assert.Empty(_world.Record);
        Assert.Empty(_world.FilesOf("b"));
        session.Faults.OnOperation = null;
        await CreateAsync(session.Storage);
        Database.AssertLivesOnlyIn(_world, "a");
    }

    [Fact]
    public async Task Where_nothing_is_available_the_error_names_all_and_memory_is_not_used()
    {
        await using Session session = _world.Start();
        session.Faults.Unavailable.UnionWith(["a", "b"]);
        StorageException failure = await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => CreateAsync(session.Storage));
        Assert.Contains("a: The test has switched a off.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("b: The test has switched b off.", failure.Message, StringComparison.Ordinal);
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.GetReportAsync().AsTask());
    }

    [Fact]
    public async Task Memory_is_taken_when_the_candidates_name_it_and_nothing_is_recorded_about_it()
    {
        await using (Session session = _world.Start(options => options.Candidates = ["a", "memory"]))
        {
            session.Faults.Unavailable.Add("a");
            await CreateAsync(session.Storage);
            await using (await session.Storage.OpenAsync(Database.Name))
                Assert.Equal("memory", Assert.Single(await session.Storage.ListAsync()).Backend);
            Assert.Contains(session.Log.Warnings, warning => warning.Contains("memory does not survive", StringComparison.Ordinal));
            session.Storage.GetConnectionString(Database.Name);
        }
        Assert.Empty(_world.Record);
    }

    [Fact]
    public async Task Without_a_record_of_homes_there_is_no_choice()
    {
        await using Session session = _world.Start(withHomes: false);
        session.Faults.Unavailable.Add("a");
        StorageException failure = await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => CreateAsync(session.Storage));
        Assert.Equal("The test has switched a off.", failure.Message);
        Assert.Empty(_world.FilesOf("b"));
        session.Faults.Unavailable.Clear();
        await CreateAsync(session.Storage);
        Assert.Equal([Database.Name], _world.FilesOf("a"));
        failure = await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
        Assert.Contains("IStorageHomes", failure.Message, StringComparison.Ordinal);
        await session.Storage.MigrateAsync(Database.Name, "a");
    }

    [Fact]
    public async Task What_is_not_needed_is_not_initialised()
    {
        Database.PutIn(_world, "a");
        await using Session session = _world.Start();
        session.Faults.OnOperation = (backend, _, _) => backend == "b" ? new InvalidOperationException("Not needed.") : null;
        await Database.AssertWholeAsync(session.Storage);
    }

    [Fact]
    public async Task The_log_warns_once_of_what_is_rejected_and_of_reduced_durability()
    {
        await using Session session = _world.Start(options => options.Candidates = ["a", "relaxed"], AddRelaxed);
        session.Faults.Unavailable.Add("a");
        for (int i = 0; i < 3; i++)
        {
            await session.Storage.PrepareAsync($"{i}.db");
            await session.Storage.GetReportAsync();
        }
        Assert.Equal(2, session.Log.Warnings.Length);
        Assert.Contains("Storage a is not available: The test has switched a off.", session.Log.Warnings);
        Assert.Contains(session.Log.Warnings, warning => warning.Contains("relaxed has reduced durability, Relaxed: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_memory_opt_out_replaces_all_candidates()
    {
        await using Session session = _world.Start(options =>
        {
            options.Candidates = ["a", "b"];
            options.MemoryOnly = true;
        });
        await CreateAsync(session.Storage);
        StorageReport report = await session.Storage.GetReportAsync();
        Assert.Equal("memory", report.Backend);
        Assert.StartsWith("Nothing is stored", report.Reason, StringComparison.Ordinal);
        Assert.Equal("memory", Assert.Single(report.Databases).Backend);
        Assert.Empty(_world.Record);
        Assert.Empty(_world.FilesOf("a"));
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => session.Storage.MigrateAsync(Database.Name, "b").AsTask());
    }

    [Fact]
    public async Task A_keyed_storage_has_one_candidate()
    {
        await using Session session = _world.Start();
        await CreateAsync(session.Keyed("b"));
        Database.AssertLivesOnlyIn(_world, "b");
        await Database.AssertFailsAsync(StorageErrorKind.Unavailable, () => CreateAsync(session.Keyed("a")));
        await using (await session.Storage.OpenAsync(Database.Name))
            Assert.Empty(_world.FilesOf("a"));
        await CreateAsync(session.Keyed("memory"));
        Assert.Equal("b", Assert.Single(await session.Storage.ListAsync()).Backend);
    }

    [Fact]
    public async Task The_first_available_becomes_SQLites_default_whatever_is_used_first()
    {
        _world.SetRecord("plain.db", new StorageHome("a"));
        await using Session session = _world.Start(options =>
        {
            options.Candidates = ["b", "a"];
            options.UseAsSqliteDefault = true;
        });
        await session.Storage.PrepareAsync("plain.db");
        await session.Keyed("b").PrepareAsync("new.db");
        using var connection = new SqliteConnection("Data Source=new.db;Pooling=False");
        connection.Open();
        Database.Execute(connection, "CREATE TABLE t (x)");
        Assert.Contains("new.db", _world.FilesOf("b"));
    }

    [Fact]
    public async Task A_connection_string_needs_the_home_to_be_known()
    {
        await using Session session = _world.Start();
        Assert.Throws<InvalidOperationException>(() => session.Storage.GetConnectionString(Database.Name));
        await session.Storage.PrepareAsync(Database.Name);
        using (var connection = new SqliteConnection(session.Storage.GetConnectionString(Database.Name)))
        {
            connection.Open();
            Database.Execute(connection, "CREATE TABLE t (x)");
        }
        Assert.Equal([Database.Name], _world.FilesOf("a"));
        await session.Storage.DeleteAsync(Database.Name);
        Assert.Throws<InvalidOperationException>(() => session.Storage.GetConnectionString(Database.Name));
    }

    [Theory]
    [InlineData(".isar-away/x.db")]
    [InlineData(".isar-")]
    public async Task Names_of_the_storages_own_files_are_refused(string name)
    {
        await using Session session = _world.Start();
        await Database.AssertFailsAsync(StorageErrorKind.PathInvalid, () => session.Storage.OpenAsync(name).AsTask());
    }

    internal static async Task CreateAsync(IIsarStorage storage)
    {
        await using SqliteConnection connection = await storage.OpenAsync(Database.Name);
        Database.Execute(connection, "CREATE TABLE IF NOT EXISTS t (x)");
    }

    /// <summary>Adds a backend that says of itself that its flush is relaxed.</summary>
    private static void AddRelaxed(IIsarStorageBuilder builder) =>
        builder.AddBackend("relaxed", _ => new RelaxedBackend(new MemoryBackend(new MemoryBackendOptions())));

    private sealed class RelaxedBackend(IStorageBackend inner) : DelegatingBackend(inner)
    {
        public override StorageCapabilities Capabilities => base.Capabilities with { Persistent = true, Durability = StorageDurability.Relaxed };
    }
}
