using Isar.Storage.Backends.Native;
using Isar.Storage.Conformance;
using Isar.Storage.Tests.Worlds;
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
        await using ServiceProvider services = new ServiceCollection().AddIsarStorage()
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

    private sealed class CountingBackend(string folder) : DelegatingBackend(new NativeBackend(folder))
    {
        public int Flushes { get; private set; }

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
    }
}
