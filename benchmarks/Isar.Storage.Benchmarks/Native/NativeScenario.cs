using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Isar.Storage.Benchmarks.Native;

/// <summary>One row of the table.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Run">Does it; this is timed.</param>
/// <param name="Before">What must be done before, without being timed.</param>
internal sealed record NativeScenario(string Name, Action<NativeSide> Run, Action<NativeSide>? Before = null)
{
    /// <summary>Less than what .NET puts on the heap of large objects, whose collection would take more time than the reading.</summary>
    private const int BlobLength = 50_000;

    /// <summary>Makes the tables that are only read.</summary>
    public static void CreateTables(NativeSide side, int scale)
    {
        side.Execute($"""
            CREATE TABLE bulk (id INTEGER PRIMARY KEY, name TEXT, value INTEGER);
            CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);
            CREATE TABLE blob (id INTEGER PRIMARY KEY, content BLOB);
            CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, value INTEGER);
            CREATE TABLE large (id INTEGER PRIMARY KEY, key INTEGER, text TEXT);
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {1000 * scale})
            INSERT INTO item SELECT i, 'the name of item ' || i, i * 7 FROM n;
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {4000 * scale})
            INSERT INTO large SELECT i, i * 7919 % {4000 * scale}, hex(zeroblob(150)) FROM n;
            CREATE INDEX large_key ON large (key);
            """);
    }

    /// <summary>Gets all rows in the order in which they run: some need what one before has made.</summary>
    /// <param name="scale">How much of everything; the tables must be of the same.</param>
    public static IReadOnlyList<NativeScenario> All(int scale) =>
    [
        new($"insert {N(1000 * scale)} rows, one transaction", side => Insert(side, 1000 * scale), static side => side.Execute("DELETE FROM bulk")),
        new("update all of them", static side => side.Execute("UPDATE bulk SET value = value + 1")),
        new("delete half of them", static side => side.Execute("DELETE FROM bulk WHERE id % 2 = 0")),
        new($"insert {N(2 * scale)} rows, each a commit", side => InsertEach(side, 2 * scale)),
        new($"{N(scale)} transactions, each on a new connection", side => InsertApart(side, scale)),
        new($"read {N(500 * scale)} rows by id, cached",
            side => ReadEach(side, side.Connection, "SELECT name FROM item WHERE id = $0", 500 * scale, 1000 * scale),
            static side => ReadAll(side, side.Connection, "SELECT sum(length(name)) FROM item")),
        new($"read {N(200 * scale)} rows by id, not cached",
            side => ReadEach(side, side.Uncached, "SELECT text FROM large WHERE id = $0", 200 * scale, 4000 * scale)),
        new($"read {N(20 * scale)} times 50 rows by index, not cached",
            side => ReadEach(side, side.Uncached, "SELECT sum(length(text)) FROM large WHERE key BETWEEN $0 AND $0 + 49", 20 * scale, 4000 * scale)),
        new($"read all {N(4000 * scale)} rows, not cached", static side => ReadAll(side, side.Uncached, "SELECT sum(length(text)) FROM large")),
        new($"read all {N(1000 * scale)} rows, cached", static side => ReadAll(side, side.Connection, "SELECT id, name, value FROM item"),
            static side => ReadAll(side, side.Connection, "SELECT sum(length(name)) FROM item")),
        new($"write {N(8 * scale)} blobs of {N(BlobLength)} bytes, one transaction", side => WriteBlobs(side, 8 * scale),
            static side => side.Execute("DELETE FROM blob")),
        new("read them, not cached", static side => ReadAll(side, side.Uncached, "SELECT content FROM blob")),
        new($"open by connection string, read a row, close, {N(2 * scale)} times", side => OpenEach(side.OpenByString, 2 * scale)),
        new($"open as documented, read a row, close, {N(2 * scale)} times", side => OpenEach(side.Open, 2 * scale)),
        new("vacuum", static side => side.Execute("VACUUM")),
    ];

    private static string N(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static void Insert(NativeSide side, int rows)
    {
        side.Execute("BEGIN");
        SqliteCommand insert = side.Prepare(side.Connection, "INSERT INTO bulk (name, value) VALUES ($0, $1)", 2);
        for (int i = 0; i < rows; i++)
        {
            insert.Parameters[0].Value = "a name of some length";
            insert.Parameters[1].Value = i;
            insert.ExecuteNonQuery();
        }
        side.Execute("COMMIT");
    }

    private static void InsertEach(NativeSide side, int rows)
    {
        SqliteCommand insert = side.Prepare(side.Connection, "INSERT INTO log (text) VALUES ($0)", 1);
        for (int i = 0; i < rows; i++)
        {
            insert.Parameters[0].Value = "a line of a log, which is of some length";
            insert.ExecuteNonQuery();
        }
    }

    private static void InsertApart(NativeSide side, int rows)
    {
        for (int i = 0; i < rows; i++)
            side.RunInTransaction(static connection => NativeSide.Execute(connection, "INSERT INTO log (text) VALUES ('a line of a log')"));
    }

    private static void ReadEach(NativeSide side, SqliteConnection connection, string sql, int times, int rows)
    {
        SqliteCommand select = side.Prepare(connection, sql, 1);
        for (int i = 0; i < times; i++)
        {
            // Far from each other, the same in each round, and as many as there are.
            select.Parameters[0].Value = (int)(i * 7919L % rows) + 1;
            select.ExecuteScalar();
        }
    }

    private static void ReadAll(NativeSide side, SqliteConnection connection, string sql)
    {
        using SqliteDataReader reader = side.Prepare(connection, sql, 0).ExecuteReader();
        while (reader.Read())
        {
            for (int column = 0; column < reader.FieldCount; column++)
                reader.GetValue(column);
        }
    }

    private static void WriteBlobs(NativeSide side, int blobs)
    {
        byte[] content = new byte[BlobLength];
        side.Execute("BEGIN");
        SqliteCommand insert = side.Prepare(side.Connection, "INSERT INTO blob (content) VALUES ($0)", 1);
        for (int i = 0; i < blobs; i++)
        {
            content.AsSpan().Fill((byte)i);
            insert.Parameters[0].Value = content;
            insert.ExecuteNonQuery();
        }
        side.Execute("COMMIT");
    }

    private static void OpenEach(Func<SqliteConnection> open, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using SqliteConnection connection = open();
            using SqliteCommand select = connection.CreateCommand();
            select.CommandText = "SELECT name FROM item WHERE id = 1";
            select.ExecuteScalar();
        }
    }
}
