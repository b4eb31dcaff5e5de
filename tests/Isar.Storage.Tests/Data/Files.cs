using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Data;

/// <summary>The files that these tests import and export, and how they look at what came of it.</summary>
internal static class Files
{
    public const string Name = "notes.db";

    private static readonly Lazy<byte[]> _old = new(() => Create("old", 300, pageSize: 4096));
    private static readonly Lazy<byte[]> _new = new(() => Create("new", 500, pageSize: 4096));

    /// <summary>Gets what is stored before.</summary>
    public static byte[] Old => [.. _old.Value];

    /// <summary>Gets what is imported.</summary>
    public static byte[] New => [.. _new.Value];

    /// <summary>Makes a database file whose rows say what it is, with an index and a table of its own name.</summary>
    public static byte[] Create(string what, int rows, int pageSize, bool writeAheadLog = false) => Create(connection => Database.Execute(connection,
        $"PRAGMA page_size = {pageSize}; PRAGMA journal_mode = {(writeAheadLog ? "WAL" : "DELETE")}; "
        + $"CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); CREATE TABLE {what} (y); CREATE INDEX i ON t (x); "
        + $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
        + $"INSERT INTO t (x) SELECT '{what}' || i || replace(hex(zeroblob(150)), '0', 'a') FROM n"));

    /// <summary>Makes a database file with SQLite's own VFS.</summary>
    public static byte[] Create(Action<SqliteConnection> fill)
    {
        string directory = Directory.CreateTempSubdirectory("isar-files-").FullName;
        try
        {
            string file = Path.Combine(directory, Name);
            using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
            {
                connection.Open();
                fill(connection);
            }
            return File.ReadAllBytes(file);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Gets what a database file is, as SQLite's own VFS reads it.</summary>
    public static (string What, long Rows) Read(byte[] content)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, content);
            using var connection = new SqliteConnection($"Data Source={file};Pooling=False;Mode=ReadOnly");
            connection.Open();
            return Describe(connection);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Gets what a database is.</summary>
    public static async Task<(string What, long Rows)> DescribeAsync(IIsarStorage storage, string name = Name)
    {
        await using SqliteConnection connection = await storage.OpenAsync(name);
        return Describe(connection);
    }

    public static (string What, long Rows) Describe(SqliteConnection connection)
    {
        Assert.Equal("ok", Database.Execute(connection, "PRAGMA integrity_check"));
        string what = (string)Database.Execute(connection, "SELECT name FROM sqlite_schema WHERE name IN ('old', 'new', 'other')")!;
        long rows = (long)Database.Execute(connection, "SELECT count(*) FROM t")!;
        Assert.Equal(rows, Database.Execute(connection, $"SELECT count(*) FROM t WHERE x = '{what}' || id || replace(hex(zeroblob(150)), '0', 'a')"));
        return (what, rows);
    }

    public static (string What, long Rows) IsOld => ("old", 300);

    public static (string What, long Rows) IsNew => ("new", 500);

    public static ValueTask ImportAsync(
        this IIsarStorage storage,
        byte[] content,
        string name = Name,
        IProgress<StorageProgress>? progress = null,
        bool checkIntegrity = true,
        CancellationToken cancellationToken = default) =>
        storage.ImportAsync(name, new MemoryStream(content), progress, checkIntegrity, cancellationToken);

    public static async Task<byte[]> ExportAsync(this IIsarStorage storage, string name = Name)
    {
        var target = new MemoryStream();
        await storage.ExportAsync(name, target);
        return target.ToArray();
    }
}

/// <summary>Tells at once, where <see cref="Progress{T}"/> tells later.</summary>
internal sealed class Hearing(Action<StorageProgress> hear) : IProgress<StorageProgress>
{
    public void Report(StorageProgress value) => hear(value);
}
