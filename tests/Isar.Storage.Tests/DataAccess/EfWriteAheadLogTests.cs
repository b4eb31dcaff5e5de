using Isar.Storage.DataAccess.Library;
using Isar.Storage.Tests.Concurrency;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Isar.Storage.Tests.DataAccess;

/// <summary>EF Core puts every database that it makes into WAL mode: over SQLite's own VFS and over ours the same database comes of it.</summary>
public sealed class EfWriteAheadLogTests : IAsyncDisposable
{
    private readonly SharedDatabase _database = new();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_database_that_one_makes_the_other_goes_on_with(bool stockIsFirst)
    {
        await InContextAsync(stockIsFirst, async context =>
        {
            Assert.True(await context.Database.EnsureCreatedAsync());
            await context.Database.OpenConnectionAsync();
            Assert.Equal("wal", Database.Execute((SqliteConnection)context.Database.GetDbConnection(), "PRAGMA journal_mode"));
            context.Add(new Author { Name = "first" });
            await context.SaveChangesAsync();
        });
        await InContextAsync(!stockIsFirst, async context =>
        {
            Assert.False(await context.Database.EnsureCreatedAsync());
            Assert.Equal("first", (await context.Authors.SingleAsync()).Name);
            context.Add(new Author { Name = "second" });
            await context.SaveChangesAsync();
        });
        ISqlSession program = _database.Open(Who.Stock);
        Assert.Equal("wal ok", await program.MustAsync("PRAGMA journal_mode; PRAGMA integrity_check"));
        Assert.Equal("first second", await program.MustAsync("SELECT Name FROM Authors ORDER BY Id"));
    }

    [Fact]
    public async Task A_context_works_while_the_sqlite3_program_has_the_database_open()
    {
        await InContextAsync(isStock: true, context => context.Database.EnsureCreatedAsync());
        ISqlSession program = _database.Open(Who.Stock);
        await program.MustAsync("BEGIN; SELECT count(*) FROM Authors");
        await InContextAsync(isStock: false, async context =>
        {
            context.Add(new Author { Name = "beside" });
            await context.SaveChangesAsync();
        });
        Assert.Equal("0", await program.MustAsync("SELECT count(*) FROM Authors"));
        Assert.Equal("beside", await program.MustAsync("COMMIT; SELECT Name FROM Authors"));
    }

    private async Task InContextAsync(bool isStock, Func<LibraryContext, Task> use)
    {
        string connectionString = isStock
            ? $"Data Source={_database.File};Vfs=unix;Pooling=False"
            : _database.Storage.GetConnectionString(SharedDatabase.Name);
        await using var context = new LibraryContext(new DbContextOptionsBuilder<LibraryContext>().UseSqlite(connectionString).Options);
        await use(context);
    }
}
