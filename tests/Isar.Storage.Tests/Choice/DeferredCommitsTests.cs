using Isar.Storage.Backends.Memory;
using Isar.Storage.Conformance;
using Isar.Storage.Sqlite;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Choice;

/// <summary>Backends that store commits after SQLite has made them.</summary>
public sealed class DeferredCommitsTests : IDisposable
{
    private readonly World _world = new();
    private readonly DeferredBackend _deferred = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Opening_waits_before_SQL_runs_and_the_host_can_wait_later()
    {
        await using Session session = Start();
        await using SqliteConnection connection = await session.Keyed("deferred").OpenAsync("x.db");
        Assert.Equal(["wait", "open"], _deferred.Calls.Take(2));
        _deferred.Calls.Clear();
        DatabaseEdge edge = Assert.IsType<IsarStorage>(session.Keyed("deferred")).CreateEdge("x.db");
        Assert.True(edge.TryEnter());
        edge.Leave();
        Assert.Equal(["wait"], _deferred.Calls);
        _deferred.MustWait = new TaskCompletionSource();
        Assert.False(edge.TryEnter());
        using var cancellation = new CancellationTokenSource();
        Task waiting = edge.WaitAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Other_backends_have_nothing_to_wait_for()
    {
        await using Session session = Start();
        await session.Storage.PrepareAsync("x.db");
        DatabaseEdge edge = Assert.IsType<IsarStorage>(session.Storage).CreateEdge("x.db");
        Assert.True(edge.TryEnter());
        Assert.True(edge.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
        edge.Leave();
    }

    [Fact]
    public async Task A_migration_gives_it_no_more_than_it_wants_to_keep()
    {
        _world.Put("a", "large.db", CreateLarge());
        await using Session session = Start();
        await session.Storage.MigrateAsync("large.db", "deferred");
        int first = _deferred.Calls.IndexOf("write 1048576");
        int last = _deferred.Calls.LastIndexOf("write 1048576");
        string[] copying = [.. _deferred.Calls.Skip(first).Take(last - first)];
        Assert.Single(copying, "flush");
        Assert.Equal(copying.Count(call => call.StartsWith("write", StringComparison.Ordinal)), copying.Count(call => call == "wait"));
        await using SqliteConnection connection = await session.Storage.OpenAsync("large.db");
        Assert.Equal(20_000_000L, Database.Execute(connection, "SELECT length(x) FROM t"));
    }

    [Fact]
    public async Task A_deleted_database_is_gone_from_what_is_stored()
    {
        await using Session session = Start();
        await ChoiceTests.CreateAsync(session.Keyed("deferred"));
        _deferred.Calls.Clear();
        await session.Keyed("deferred").DeleteAsync(Database.Name);
        Assert.True(_deferred.Calls.IndexOf("delete") < _deferred.Calls.LastIndexOf("flush"), string.Join(", ", _deferred.Calls));
    }

    private Session Start() => _world.Start(
        options => options.Candidates = ["a", "deferred"], builder => builder.AddBackend("deferred", _ => _deferred));

    private byte[] CreateLarge()
    {
        string file = _world.PathOf("a", "create.tmp");
        Directory.CreateDirectory(_world.PathOf("a"));
        using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            Database.Execute(connection, "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(20000000))");
        }
        byte[] content = File.ReadAllBytes(file);
        File.Delete(file);
        return content;
    }

    /// <summary>Keeps files in memory and says of itself that it stores them later.</summary>
    private sealed class DeferredBackend() : DelegatingBackend(new MemoryBackend(new MemoryBackendOptions())), IDeferredCommits
    {
        public List<string> Calls { get; } = [];

        public event Action<StoragePath, StorageException>? CommitUndone
        {
            add { }
            remove { }
        }

        public override StorageCapabilities Capabilities => base.Capabilities with { Persistent = true, Durability = StorageDurability.Full };

        public TaskCompletionSource? MustWait { get; set; }

        public ValueTask WaitAsync(StoragePath database, CancellationToken cancellationToken)
        {
            Calls.Add("wait");
            return MustWait is { } wait ? new ValueTask(wait.Task.WaitAsync(cancellationToken)) : ValueTask.CompletedTask;
        }

        public override ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
        {
            Calls.Add("flush");
            return base.FlushAsync(database, cancellationToken);
        }

        public override IStorageFile Open(StoragePath path, StorageOpenMode mode)
        {
            Calls.Add("open");
            return new DeferredFile(base.Open(path, mode), this);
        }

        public override void Delete(StoragePath path, bool flush)
        {
            Calls.Add("delete");
            base.Delete(path, flush);
        }
    }

    private sealed class DeferredFile(IStorageFile inner, DeferredBackend backend) : DelegatingFile(inner)
    {
        public override void Write(ReadOnlySpan<byte> source, long offset)
        {
            backend.Calls.Add($"write {source.Length}");
            base.Write(source, offset);
        }
    }
}
