using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Worlds;

/// <summary>The database that these tests use, and how they look at it.</summary>
internal static class Database
{
    public const string Name = "notes.db";

    /// <summary>The rows of <see cref="Content"/>; more than one chunk of a migration.</summary>
    public const int Rows = 1200;

    private static readonly Lazy<byte[]> _content = new(() => Create(Rows));

    /// <summary>Gets a database file.</summary>
    public static byte[] Content => _content.Value;

    public static byte[] Create(int rows)
    {
        string directory = Directory.CreateTempSubdirectory("isar-choice-").FullName;
        try
        {
            string file = Path.Combine(directory, Name);
            using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
            {
                connection.Open();
                Execute(connection,
                    // Few pages, so that a test of every operation has few operations.
                    "PRAGMA page_size = 65536; CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); CREATE INDEX i ON t (x); "
                    + $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
                    + "INSERT INTO t (x) SELECT i || replace(hex(zeroblob(300)), '0', 'a') FROM n");
            }
            return File.ReadAllBytes(file);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Puts the database into a backend, as one that was made there.</summary>
    public static void PutIn(World world, string backend)
    {
        world.Put(backend, Name, Content);
        world.SetRecord(Name, new StorageHome(backend));
    }

    /// <summary>Opens the database and fails unless it is whole.</summary>
    public static async Task AssertWholeAsync(IIsarStorage storage)
    {
        await using SqliteConnection connection = await storage.OpenAsync(Name);
        AssertWhole(connection);
    }

    public static void AssertWhole(SqliteConnection connection)
    {
        Assert.Equal("ok", Execute(connection, "PRAGMA integrity_check"));
        Assert.Equal((long)Rows, Execute(connection, "SELECT count(*) FROM t WHERE x = id || replace(hex(zeroblob(300)), '0', 'a')"));
    }

    /// <summary>Fails unless one backend has the database, is recorded, and nothing is left over from a migration but a mark in the other.</summary>
    public static void AssertLivesOnlyIn(World world, string backend)
    {
        string other = backend == "a" ? "b" : "a";
        Assert.Equal(new StorageHome(backend), world.RecordOf(Name));
        Assert.Equal([Name], world.FilesOf(backend));
        Assert.DoesNotContain(world.FilesOf(other), file => !file.StartsWith(".isar-", StringComparison.Ordinal));
    }

    public static async Task<StorageException> AssertFailsAsync(StorageErrorKind kind, Func<Task> use)
    {
        StorageException failure = await Assert.ThrowsAsync<StorageException>(use);
        Assert.True(kind == failure.Kind, failure.ToString());
        return failure;
    }

    public static object? Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
