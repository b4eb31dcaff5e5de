using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Isar.Storage.Tests.Data;

/// <summary>Importing and moving databases whose schema uses functions and collations of the app, or what SQLite does not have.</summary>
public sealed class ImportCheckTests : IDisposable
{
    private readonly World _world = new();

    /// <summary>Schemas that only an app with its functions can use, and the name that an error has to say.</summary>
    public static TheoryData<string, string> Schemas => new()
    {
        { "CREATE INDEX i ON t (slug(x))", "slug" },
        { "CREATE INDEX i ON t (x) WHERE slug(x) <> 'b'", "slug" },
        { "CREATE TABLE c (x TEXT CHECK (slug(x) <> 'b')); INSERT INTO c VALUES ('a')", "slug" },
        { "CREATE TABLE c (x TEXT CHECK (x REGEXP 'a')); INSERT INTO c VALUES ('a')", "REGEXP" },
        { "CREATE INDEX i ON t (x COLLATE backwards)", "backwards" },
    };

    public void Dispose() => _world.Dispose();

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task A_schema_that_uses_the_apps_functions_is_checked_with_them_and_moves(string schema, string name)
    {
        byte[] file = CreateFile(schema);
        await using Session session = _world.Start(add: static builder => builder.ConfigureConnections(static connection =>
        {
            Register(connection);
            Database.Execute(connection, "CREATE TEMP TABLE settings (x)");
        }));
        await session.Storage.ImportAsync(file);
        Assert.Equal(file.Length, (await session.Storage.ExportAsync()).Length);
        await session.Storage.MigrateAsync(Files.Name, "b");
        await using SqliteConnection connection = await session.Storage.OpenAsync(Files.Name);
        Assert.Equal("ok", Database.Execute(connection, "INSERT INTO t VALUES ('z'); PRAGMA integrity_check"));
        Assert.NotEmpty(name);
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public async Task Without_them_the_error_names_what_is_missing_and_an_unchecked_import_takes_the_file_and_moves_it(string schema, string name)
    {
        byte[] file = CreateFile(schema);
        await using Session session = _world.Start();
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Unavailable, () => session.Storage.ImportAsync(file).AsTask());
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
        Assert.Contains("checkIntegrity", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_world.FilesOf("a"));
        await session.Storage.ImportAsync(file, checkIntegrity: false);
        await session.Storage.MigrateAsync(Files.Name, "b");
        Assert.Equal(file.Length, (await session.Storage.ExportAsync()).Length);
    }

    [Fact]
    public async Task Damage_is_found_also_where_the_schema_uses_the_apps_functions()
    {
        byte[] file = CreateFile("CREATE INDEX i ON t (slug(x))");
        file.AsSpan(4096, 4096).Clear();
        await using Session session = _world.Start(add: static builder => builder.ConfigureConnections(Register));
        await Database.AssertFailsAsync(StorageErrorKind.Corrupt, () => session.Storage.ImportAsync(file).AsTask());
    }

    [Fact]
    public async Task A_virtual_table_without_its_module_is_named()
    {
        byte[] file = CreateFile("PRAGMA writable_schema = ON; "
            + "INSERT INTO sqlite_schema VALUES ('table', 'a \"b', 'a \"b', 0, 'CREATE VIRTUAL TABLE \"a \"\"b\" USING spellfix1')");
        await using Session session = _world.Start();
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Unavailable, () => session.Storage.ImportAsync(file).AsTask());
        Assert.Contains("no such module: spellfix1", failure.Message, StringComparison.Ordinal);
        await session.Storage.ImportAsync(file, checkIntegrity: false);
    }

    [Fact]
    public async Task Virtual_tables_and_utf16_that_sqlite_knows_are_imported()
    {
        byte[] file = CreateFile("CREATE VIRTUAL TABLE words USING fts5(x); INSERT INTO words SELECT x FROM t", "PRAGMA encoding = 'UTF-16'");
        await using Session session = _world.Start();
        await session.Storage.ImportAsync(file);
        await using SqliteConnection connection = await session.Storage.OpenAsync(Files.Name);
        Assert.Equal("a", Database.Execute(connection, "SELECT x FROM words WHERE words MATCH 'a'"));
    }

    private static byte[] CreateFile(string schema, string first = "") => Files.Create(connection =>
    {
        Register(connection);
        Database.Execute(connection, $"{first}; CREATE TABLE t (x); INSERT INTO t VALUES ('a'), ('c'); {schema}");
    });

    private static void Register(SqliteConnection connection)
    {
        connection.CreateFunction("slug", static (string text) => text.ToUpperInvariant(), isDeterministic: true);
        connection.CreateFunction("regexp", static (string pattern, string text) => text.Contains(pattern, StringComparison.Ordinal));
        connection.CreateCollation("backwards", static (one, other) => string.CompareOrdinal(other, one));
    }
}
