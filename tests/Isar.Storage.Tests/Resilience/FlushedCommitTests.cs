using Isar.Storage.Backends.Native;
using Isar.Storage.Conformance;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Isar.Storage.Tests.Resilience;

/// <summary>A commit that SQLite has flushed completely is not flushed once more.</summary>
public sealed class FlushedCommitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("isar-flushed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("EXTRA", true)]
    [InlineData("FULL", false)]
    [InlineData("NORMAL", false)]
    [InlineData("OFF", false)]
    public async Task Only_what_SQLite_has_left_is_flushed_after_a_commit(string synchronous, bool isFlushed)
    {
        CountingBackend? backend = null;
        await using ServiceProvider services = new ServiceCollection().AddIsarStorage(options => options.WriteAheadLog = false)
            .AddBackend("counted", _ => backend = new CountingBackend(_folder))
            .ConfigureConnections(connection => Database.Execute(connection, $"PRAGMA synchronous = {synchronous}"))
            .Services.BuildServiceProvider();
        await services.GetRequiredService<IIsarStorage>().ExecuteInTransactionAsync("x.db", (connection, _) =>
        {
            Database.Execute(connection, "CREATE TABLE t (x)");
            return ValueTask.CompletedTask;
        });
        Assert.Equal(("x.db-journal", isFlushed), Assert.Single(backend!.Deletions));
        Assert.Equal(isFlushed ? 0 : 1, backend.Flushes);
    }

    /// <summary>A commit into a write-ahead log is one flush, of the log; with less than FULL it is SQLite's none, and then ours.</summary>
    [Theory]
    [InlineData("EXTRA", true)]
    [InlineData("FULL", true)]
    [InlineData("NORMAL", false)]
    [InlineData("OFF", false)]
    public async Task A_commit_into_a_log_is_flushed_once(string synchronous, bool bySqlite)
    {
        CountingBackend? backend = null;
        await using ServiceProvider services = new ServiceCollection().AddIsarStorage()
            .AddBackend("counted", _ => backend = new CountingBackend(_folder))
            .ConfigureConnections(connection => Database.Execute(connection, $"PRAGMA synchronous = {synchronous}"))
            .Services.BuildServiceProvider();
        IIsarStorage storage = services.GetRequiredService<IIsarStorage>();
        // While it is open, the log stays.
        await using SqliteConnection open = await storage.OpenAsync("x.db");
        Assert.Equal("wal", Database.Execute(open, "PRAGMA journal_mode"));
        Database.Execute(open, "CREATE TABLE t (x)");
        backend!.FileFlushes.Clear();
        for (int i = 1; i <= 5; i++)
        {
            await storage.ExecuteInTransactionAsync("x.db", (connection, _) =>
            {
                Database.Execute(connection, "INSERT INTO t VALUES (1)");
                return ValueTask.CompletedTask;
            });
            Assert.Equal(bySqlite ? i : 0, backend.FileFlushes.Count);
            Assert.Equal(bySqlite ? 0 : i, backend.Flushes);
        }
        Assert.All(backend.FileFlushes, file => Assert.Equal("x.db-wal", file));
    }

    private sealed class CountingBackend(string folder) : DelegatingBackend(new NativeBackend(folder))
    {
        public int Flushes { get; private set; }

        /// <summary>Gets the files that SQLite has flushed.</summary>
        public List<string> FileFlushes { get; } = [];

        public List<(string File, bool Flush)> Deletions { get; } = [];

        public override ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
        {
            Flushes++;
            return base.FlushAsync(database, cancellationToken);
        }

        public override void Delete(StoragePath path, bool flush)
        {
            Deletions.Add((path.Value, flush));
            base.Delete(path, flush);
        }

        public override IStorageFile Open(StoragePath path, StorageOpenMode mode) =>
            new CountingFile(base.Open(path, mode), () => FileFlushes.Add(path.Value));
    }

    private sealed class CountingFile(IStorageFile inner, Action flushed) : DelegatingFile(inner), ISharedMemory
    {
        private ISharedMemory Memory => (ISharedMemory)Inner;

        public override void Flush()
        {
            flushed();
            base.Flush();
        }

        public SharedMemoryAccess ShmMap(int region, int length, bool extend, bool readOnly, out nint address) =>
            Memory.ShmMap(region, length, extend, readOnly, out address);

        public bool TryShmLock(int slot, int count, bool exclusive) => Memory.TryShmLock(slot, count, exclusive);

        public void ShmUnlock(int slot, int count) => Memory.ShmUnlock(slot, count);

        public void ShmUnmap(bool delete) => Memory.ShmUnmap(delete);
    }
}
