using System.Data.Common;
using Dapper;
using Xunit;

namespace Isar.Storage.Browser.Tests.Page;

/// <summary>Dapper's asynchronous methods, as apps use them.</summary>
public sealed class DapperTests : DatabaseTest
{
    private const string Select = "SELECT id, text, price, made, tag FROM note";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Db.ExecuteAsync("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, price REAL, made TEXT, tag TEXT)");
        Assert.Equal(5, await Db.ExecuteAsync("INSERT INTO note VALUES (@Id, @Text, @Price, @Made, @Tag)", Enumerable.Range(1, 5).Select(Note.Of)));
    }

    [Fact]
    public async Task Query_gives_objects() => Assert.Equal(
        [Note.Of(4), Note.Of(5)], await Db.QueryAsync<Note>($"{Select} WHERE id > @from ORDER BY id", new { from = 3 }));

    [Fact]
    public async Task Query_without_a_type_gives_rows_by_name()
    {
        dynamic row = (await Db.QueryAsync($"{Select} WHERE tag IS NULL")).First();
        Assert.Equal("note 2", (string)row.text);
        Assert.Null((object?)row.tag);
    }

    [Fact]
    public async Task Query_takes_lists() =>
        Assert.Equal([1L, 3L, 5L], await Db.QueryAsync<long>("SELECT id FROM note WHERE id IN @ids ORDER BY id", new { ids = new[] { 5, 1, 3, 9 } }));

    [Fact]
    public async Task Query_takes_an_empty_list() =>
        Assert.Empty(await Db.QueryAsync<long>("SELECT id FROM note WHERE id IN @ids", new { ids = Array.Empty<int>() }));

    [Fact]
    public async Task Single_rows_and_values()
    {
        Assert.Equal(Note.Of(2), await Db.QuerySingleAsync<Note>($"{Select} WHERE id = @id", new { id = 2 }));
        Assert.Null(await Db.QuerySingleOrDefaultAsync<Note>($"{Select} WHERE id = 99"));
        Assert.Equal(Note.Of(1), await Db.QueryFirstAsync<Note>($"{Select} ORDER BY id"));
        Assert.Equal(15, await Db.ExecuteScalarAsync<int>("SELECT sum(id) FROM note"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Db.QuerySingleAsync<Note>(Select));
    }

    [Fact]
    public async Task Several_results_at_once()
    {
        await using SqlMapper.GridReader results = await Db.QueryMultipleAsync(
            $"SELECT count(*) FROM note; {Select} WHERE id = @id; SELECT text FROM note WHERE id < @id ORDER BY id", new { id = 3 });
        Assert.Equal(5, await results.ReadSingleAsync<int>());
        Assert.Equal(Note.Of(3), Assert.Single(await results.ReadAsync<Note>()));
        Assert.Equal(["note 1", "note 2"], results.Read<string>());
    }

    [Fact]
    public async Task A_batch_inserts_and_tells_the_id() => Assert.Equal(
        6, await Db.ExecuteScalarAsync<long>("INSERT INTO note (text) VALUES (@text); SELECT last_insert_rowid()", new { text = "new" }));

    [Fact]
    public async Task A_reader()
    {
        await using DbDataReader reader = await Db.ExecuteReaderAsync($"{Select} ORDER BY id");
        int count = 0;
        while (await reader.ReadAsync())
            Assert.Equal(++count, reader.GetInt64(reader.GetOrdinal("id")));
        Assert.Equal(5, count);
    }

    [Fact]
    public async Task Rows_as_they_are_read()
    {
        List<Note> notes = [];
        await foreach (Note note in Db.QueryUnbufferedAsync<Note>($"{Select} ORDER BY id"))
            notes.Add(note);
        Assert.Equal(Enumerable.Range(1, 5).Select(Note.Of), notes);
    }

    [Fact]
    public async Task A_transaction()
    {
        await using (DbTransaction transaction = await Db.BeginTransactionAsync())
        {
            await Db.ExecuteAsync("DELETE FROM note", transaction: transaction);
            Assert.Equal(0, await Db.ExecuteScalarAsync<int>("SELECT count(*) FROM note", transaction: transaction));
        }
        Assert.Equal(5, await Db.ExecuteScalarAsync<int>("SELECT count(*) FROM note"));
    }

    [Fact]
    public async Task A_connection_that_is_closed_is_opened_for_the_call()
    {
        await using IsarConnection closed = Client.CreateConnection(Name);
        Assert.Equal(5, await closed.ExecuteScalarAsync<int>("SELECT count(*) FROM note"));
        Assert.Equal(System.Data.ConnectionState.Closed, closed.State);
    }

    [Fact]
    public async Task A_token_that_is_cancelled_stops_the_call_before_it_begins()
    {
        var command = new CommandDefinition("DELETE FROM note", cancellationToken: new CancellationToken(canceled: true));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Db.ExecuteAsync(command));
        Assert.Equal(5, await Db.ExecuteScalarAsync<int>("SELECT count(*) FROM note"));
    }

    [Fact]
    public void Synchronous_methods_throw()
    {
        AssertRefused("use ExecuteReaderAsync", () => Db.Query<Note>(Select));
        AssertRefused("use ExecuteNonQueryAsync", () => Db.Execute("DELETE FROM note"));
        AssertRefused("use ExecuteScalarAsync", () => Db.ExecuteScalar<int>("SELECT 1"));

        static void AssertRefused(string advice, Func<object?> call) =>
            Assert.Contains(advice, Assert.Throws<NotSupportedException>(call).Message, StringComparison.Ordinal);
        using IsarConnection closed = Client.CreateConnection(Name);
        Assert.Contains("use OpenAsync", Assert.Throws<NotSupportedException>(() => closed.Query<Note>(Select)).Message, StringComparison.Ordinal);
    }

    public sealed record Note(long Id, string Text, double Price, DateTime Made, string? Tag)
    {
        public Note() : this(0, "", 0, default, null)
        {
        }

        public static Note Of(int i) => new(i, $"note {i}", i / 4.0, new DateTime(2026, 1, i), i % 2 == 0 ? null : "odd");
    }
}
