using Dapper;
using Isar.Storage.Conformance;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.DataAccess;

/// <summary>Dapper over Microsoft.Data.Sqlite, synchronously and asynchronously.</summary>
public abstract class DapperSuite(BackendUnderTest underTest) : DataSuite(underTest)
{
    private const string Select = "SELECT id, text, price, made, tag FROM note";

    private SqliteConnection? _connection;

    private SqliteConnection Db => _connection!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _connection = Connect();
        Db.Execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, price REAL, made TEXT, tag TEXT)");
        Assert.Equal(5, Db.Execute("INSERT INTO note VALUES (@Id, @Text, @Price, @Made, @Tag)", Enumerable.Range(1, 5).Select(Note.Of)));
    }

    public override async Task DisposeAsync()
    {
        _connection?.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Queries_give_objects()
    {
        Note[] expected = [Note.Of(4), Note.Of(5)];
        Assert.Equal(expected, Db.Query<Note>($"{Select} WHERE id > @from ORDER BY id", new { from = 3 }));
        Assert.Equal(expected, await Db.QueryAsync<Note>($"{Select} WHERE id > @from ORDER BY id", new { from = 3 }));
        Assert.Equal(expected, Db.Query<Note>($"{Select} WHERE id > 3 ORDER BY id", buffered: false).ToList());
        List<Note> notes = [];
        await foreach (Note note in Db.QueryUnbufferedAsync<Note>($"{Select} WHERE id > 3 ORDER BY id"))
            notes.Add(note);
        Assert.Equal(expected, notes);
    }

    [Fact]
    public async Task Queries_without_a_type_give_rows_by_name()
    {
        dynamic row = Db.Query($"{Select} WHERE tag IS NULL ORDER BY id").First();
        Assert.Equal("note 2", (string)row.text);
        row = (await Db.QueryAsync($"{Select} WHERE tag IS NULL ORDER BY id")).Last();
        Assert.Equal("note 4", (string)row.text);
        Assert.Null((object?)row.tag);
    }

    [Fact]
    public async Task Lists_become_parameters()
    {
        int[] ids = [5, 1, 3, 9];
        Assert.Equal([1L, 3L, 5L], Db.Query<long>("SELECT id FROM note WHERE id IN @ids ORDER BY id", new { ids }));
        Assert.Equal([1L, 3L, 5L], await Db.QueryAsync<long>("SELECT id FROM note WHERE id IN @ids ORDER BY id", new { ids }));
        Assert.Empty(Db.Query<long>("SELECT id FROM note WHERE id IN @ids", new { ids = Array.Empty<int>() }));
    }

    [Fact]
    public async Task Single_rows_and_values()
    {
        Assert.Equal(Note.Of(2), Db.QuerySingle<Note>($"{Select} WHERE id = @id", new { id = 2 }));
        Assert.Null(await Db.QuerySingleOrDefaultAsync<Note>($"{Select} WHERE id = 99"));
        Assert.Equal(Note.Of(1), Db.QueryFirst<Note>($"{Select} ORDER BY id"));
        Assert.Equal(15, await Db.ExecuteScalarAsync<int>("SELECT sum(id) FROM note"));
        Assert.Equal(15L, Db.ExecuteScalar<long>("SELECT sum(id) FROM note"));
        Assert.Throws<InvalidOperationException>(() => Db.QuerySingle<Note>(Select));
    }

    [Fact]
    public async Task Several_results_at_once()
    {
        const string Sql = $"SELECT count(*) FROM note; {Select} WHERE id = @id; SELECT text FROM note WHERE id < @id ORDER BY id";
        using (SqlMapper.GridReader results = Db.QueryMultiple(Sql, new { id = 3 }))
        {
            Assert.Equal(5, results.ReadSingle<int>());
            Assert.Equal(Note.Of(3), results.ReadSingle<Note>());
            Assert.Equal(["note 1", "note 2"], results.Read<string>());
        }
        await using (SqlMapper.GridReader results = await Db.QueryMultipleAsync(Sql, new { id = 2 }))
        {
            Assert.Equal(5, await results.ReadSingleAsync<int>());
            Assert.Equal(Note.Of(2), Assert.Single(await results.ReadAsync<Note>()));
        }
    }

    [Fact]
    public async Task Rows_become_several_objects()
    {
        static (Note, Note) Pair(Note a, Note b) => (a, b);
        const string Sql = "SELECT a.*, b.* FROM note a JOIN note b ON b.id = a.id + 1 ORDER BY a.id";
        Assert.Equal((Note.Of(1), Note.Of(2)), Db.Query<Note, Note, (Note, Note)>(Sql, Pair).First());
        Assert.Equal(4, (await Db.QueryAsync<Note, Note, (Note, Note)>(Sql, Pair)).Count());
    }

    [Fact]
    public async Task Transactions()
    {
        using (SqliteTransaction transaction = Db.BeginTransaction())
        {
            Db.Execute("DELETE FROM note", transaction: transaction);
            Assert.Equal(0, await Db.ExecuteScalarAsync<int>("SELECT count(*) FROM note", transaction: transaction));
        }
        using (SqliteTransaction transaction = Db.BeginTransaction())
        {
            Assert.Equal(1, await Db.ExecuteAsync("DELETE FROM note WHERE id = 5", transaction: transaction));
            transaction.Commit();
        }
        Assert.Equal(4, Db.ExecuteScalar<int>("SELECT count(*) FROM note"));
    }

    [Fact]
    public void Values_of_every_type_come_back()
    {
        var values = new DynamicParameters();
        values.Add("id", Guid.Parse("01234567-89ab-cdef-0123-456789abcdef").ToString());
        values.Add("price", 12.5m);
        values.Add("bytes", new byte[] { 1, 2 });
        values.Add("flag", true);
        Kinds kinds = Db.QuerySingle<Kinds>("SELECT @id AS Id, @price AS Price, @bytes AS Bytes, @flag AS Flag, 7 AS Count", values);
        Assert.Equal(("01234567-89ab-cdef-0123-456789abcdef", 12.5m, true, 7), (kinds.Id, kinds.Price, kinds.Flag, kinds.Count));
        Assert.Equal([1, 2], kinds.Bytes!);
    }

    [Fact]
    public void Readers()
    {
        using var reader = Db.ExecuteReader($"{Select} ORDER BY id");
        Func<System.Data.Common.DbDataReader, Note> parse = ((System.Data.Common.DbDataReader)reader).GetRowParser<Note>();
        int count = 0;
        while (reader.Read())
            Assert.Equal(Note.Of(++count), parse((System.Data.Common.DbDataReader)reader));
        Assert.Equal(5, count);
    }

    public sealed record Note(long Id, string Text, double Price, DateTime Made, string? Tag)
    {
        public Note() : this(0, "", 0, default, null)
        {
        }

        public static Note Of(int i) => new(i, $"note {i}", i / 4.0, new DateTime(2026, 1, i), i % 2 == 0 ? null : "odd");
    }

    public sealed class Kinds
    {
        public string? Id { get; set; }

        public decimal Price { get; set; }

        public byte[]? Bytes { get; set; }

        public bool Flag { get; set; }

        public int Count { get; set; }
    }
}
