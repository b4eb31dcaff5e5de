using Dapper;
using Xunit;

namespace Isar.Storage.Browser.Tests.Page;

/// <summary>Dapper's asynchronous methods, as apps use them.</summary>
public sealed class DapperTests : DatabaseTest
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Db.ExecuteAsync("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, price REAL, made TEXT, tag TEXT)");
        Note[] notes = [.. Enumerable.Range(1, 5).Select(i => new Note(i, $"note {i}", i / 4.0, new DateTime(2026, 1, i), i % 2 == 0 ? null : "odd"))];
        Assert.Equal(5, await Db.ExecuteAsync("INSERT INTO note VALUES (@Id, @Text, @Price, @Made, @Tag)", notes));
    }

    [Fact]
    public async Task Query_gives_objects()
    {
        Note[] notes = [.. await Db.QueryAsync<Note>("SELECT id, text, price, made, tag FROM note WHERE id > @from ORDER BY id", new { from = 3 })];
        Assert.Equal([new Note(4, "note 4", 1, new DateTime(2026, 1, 4), null), new Note(5, "note 5", 1.25, new DateTime(2026, 1, 5), "odd")], notes);
    }

    [Fact]
    public async Task Query_takes_lists() =>
        Assert.Equal([1L, 3L, 5L], await Db.QueryAsync<long>("SELECT id FROM note WHERE id IN @ids ORDER BY id", new { ids = new[] { 5, 1, 3, 9 } }));

    [Fact]
    public async Task Query_single_gives_a_value() =>
        Assert.Equal(15, await Db.QuerySingleAsync<int>("SELECT sum(id) FROM note"));

    public sealed record Note(long Id, string Text, double Price, DateTime Made, string? Tag)
    {
        public Note() : this(0, "", 0, default, null)
        {
        }
    }
}
