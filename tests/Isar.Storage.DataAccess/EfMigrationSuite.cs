using Isar.Storage.Conformance;
using Isar.Storage.DataAccess.Library;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Xunit;

namespace Isar.Storage.DataAccess;

/// <summary>Migrations of EF Core.</summary>
public abstract class EfMigrationSuite(BackendUnderTest underTest) : DataSuite(underTest)
{
    private static readonly string[] _all = ["20260101000001_Authors", "20260101000002_Books", "20260101000003_Tags", "20260101000004_Countries"];

    [Fact]
    public async Task Migrations_applied_twice_apply_once()
    {
        await InContextAsync(async context =>
        {
            Assert.Equal(_all, await context.Database.GetPendingMigrationsAsync());
            await context.Database.MigrateAsync();
            Assert.Equal(_all, await context.Database.GetAppliedMigrationsAsync());
            context.AddRange(new LibraryData().Authors);
            await context.SaveChangesAsync();
        });
        await InContextAsync(async context =>
        {
            await context.Database.MigrateAsync();
            Assert.Empty(await context.Database.GetPendingMigrationsAsync());
            Assert.Equal(_all, await context.Database.GetAppliedMigrationsAsync());
            Author author = await context.Authors.Include(a => a.Books).ThenInclude(book => book.Tags).SingleAsync(a => a.Id == 2);
            Assert.Equal((5, null), (author.Books.Count, author.Country));
        });
    }

    [Fact]
    public Task Migrations_are_applied_synchronously() => InContextAsync(context =>
    {
        context.Database.Migrate();
        context.Database.Migrate();
        Assert.Equal(_all, context.Database.GetAppliedMigrations());
        Assert.Equal(0, context.Books.Count());
        return Task.CompletedTask;
    });

    [Fact]
    public async Task A_later_migration_keeps_what_is_stored()
    {
        await InContextAsync(async context =>
        {
            IMigrator migrator = context.GetService<IMigrator>();
            await migrator.MigrateAsync("20260101000003_Tags");
            Assert.Equal("20260101000004_Countries", Assert.Single(await context.Database.GetPendingMigrationsAsync()));
            await context.Database.ExecuteSqlAsync($"INSERT INTO Authors (Name, Born) VALUES ({"early"}, {new DateOnly(1990, 5, 6)})");
            await migrator.MigrateAsync();
        });
        await InContextAsync(async context =>
        {
            Author author = await context.Authors.SingleAsync();
            Assert.Equal(("early", "unknown", new DateOnly(1990, 5, 6)), (author.Name, author.Country, author.Born));
        });
    }

    [Fact]
    public Task Migrations_are_taken_back() => InContextAsync(async context =>
    {
        IMigrator migrator = context.GetService<IMigrator>();
        await migrator.MigrateAsync();
        await migrator.MigrateAsync("20260101000001_Authors");
        Assert.Equal(["20260101000001_Authors"], await context.Database.GetAppliedMigrationsAsync());
        Assert.Equal(["Authors"], await context.Database.SqlQuery<string>(
            $"SELECT name AS Value FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'")
            .ToListAsync());
        await migrator.MigrateAsync(Migration.InitialDatabase);
        Assert.Empty(await context.Database.GetAppliedMigrationsAsync());
    });

    [Fact]
    public Task The_script_of_all_migrations_can_be_run() => InContextAsync(async context =>
    {
        string script = context.GetService<IMigrator>().GenerateScript();
        using (var connection = Connect())
        using (var command = connection.CreateCommand())
        {
            command.CommandText = script;
            command.ExecuteNonQuery();
        }
        Assert.Equal(_all, await context.Database.GetAppliedMigrationsAsync());
    });
}
