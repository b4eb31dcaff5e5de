using Isar.Storage.Conformance;
using Isar.Storage.DataAccess.Library;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Xunit;

namespace Isar.Storage.DataAccess;

/// <summary>Transactions and conflicts of EF Core.</summary>
public abstract class EfTransactionSuite(BackendUnderTest underTest) : DataSuite(underTest)
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await FillAsync();
    }

    [Fact]
    public async Task A_second_change_of_the_same_row_is_a_conflict()
    {
        await InContextAsync(async first =>
        {
            Book mine = await first.Books.OrderBy(book => book.Id).FirstAsync();
            await InContextAsync(async second =>
            {
                Book theirs = await second.Books.OrderBy(book => book.Id).FirstAsync();
                (theirs.Title, theirs.Version) = ("theirs", 2);
                await second.SaveChangesAsync();
            });
            (mine.Title, mine.Version) = ("mine", 2);
            DbUpdateConcurrencyException conflict = await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => first.SaveChangesAsync());
            Assert.Same(mine, Assert.Single(conflict.Entries).Entity);

            // The way out that EF Core documents: take the row's values as the original ones, and decide.
            var stored = await conflict.Entries[0].GetDatabaseValuesAsync();
            Assert.Equal("theirs", stored!.GetValue<string>(nameof(Book.Title)));
            conflict.Entries[0].OriginalValues.SetValues(stored);
            mine.Version = 3;
            await first.SaveChangesAsync();
        });
        await InContextAsync(async context => Assert.Equal(3, (await context.Books.SingleAsync(book => book.Title == "mine")).Version));
    }

    [Fact]
    public Task A_row_that_was_deleted_is_a_conflict() => InContextAsync(async first =>
    {
        Book mine = await first.Books.OrderBy(book => book.Id).FirstAsync();
        await InContextAsync(second => second.Books.Where(book => book.Id == mine.Id).ExecuteDeleteAsync());
        mine.Title = "mine";
        DbUpdateConcurrencyException conflict = await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => first.SaveChangesAsync());
        Assert.Null(await conflict.Entries[0].GetDatabaseValuesAsync());
    });

    [Fact]
    public async Task What_fails_takes_everything_back_that_was_saved_with_it()
    {
        await InContextAsync(async context =>
        {
            context.Add(new Author { Name = "lost" });
            context.Add(new Tag { Name = "sea" });
            await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        });
        await CheckNothingChangedAsync();
    }

    [Fact]
    public async Task A_failed_transaction_is_rolled_back()
    {
        await InContextAsync(async context =>
        {
            await using IDbContextTransaction transaction = await context.Database.BeginTransactionAsync();
            context.Add(new Author { Name = "lost" });
            await context.SaveChangesAsync();
            await context.Books.ExecuteDeleteAsync();
            context.Add(new Tag { Name = "sea" });
            await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
            await transaction.RollbackAsync();
        });
        await CheckNothingChangedAsync();
    }

    [Fact]
    public async Task A_transaction_that_is_not_committed_leaves_nothing()
    {
        await InContextAsync(async context =>
        {
            using IDbContextTransaction transaction = context.Database.BeginTransaction();
            context.Add(new Author { Name = "lost" });
            context.SaveChanges();
        });
        await CheckNothingChangedAsync();
    }

    [Fact]
    public async Task A_transaction_goes_back_to_a_savepoint()
    {
        await InContextAsync(async context =>
        {
            await using IDbContextTransaction transaction = await context.Database.BeginTransactionAsync();
            context.Add(new Author { Name = "kept" });
            await context.SaveChangesAsync();
            await transaction.CreateSavepointAsync("before");
            await context.Books.ExecuteDeleteAsync();
            await transaction.RollbackToSavepointAsync("before");
            await transaction.CommitAsync();
        });
        await InContextAsync(async context =>
        {
            Assert.Equal(12, await context.Books.CountAsync());
            Assert.True(await context.Authors.AnyAsync(author => author.Name == "kept"));
        });
    }

    [Fact]
    public async Task A_context_works_in_a_transaction_of_the_storage()
    {
        int saved = await Storage.ExecuteInTransactionAsync(Database, static async (connection, token) =>
        {
            var options = new DbContextOptionsBuilder<LibraryContext>().UseSqlite(connection).Options;
            await using var context = new LibraryContext(options);
            context.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
            context.Add(new Author { Name = "kept", Books = { new Book { Title = "a" }, new Book { Title = "b" } } });
            return await context.SaveChangesAsync(token);
        });
        Assert.Equal(3, saved);
        await InContextAsync(async context => Assert.True(await context.Authors.AnyAsync(author => author.Name == "kept")));
    }

    private Task CheckNothingChangedAsync() => InContextAsync(async context =>
    {
        Assert.Equal((4, 12, 4), (await context.Authors.CountAsync(), await context.Books.CountAsync(), await context.Tags.CountAsync()));
        Assert.False(await context.Authors.AnyAsync(author => author.Name == "lost"));
    });
}
