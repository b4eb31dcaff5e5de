using Isar.Storage.Conformance;
using Isar.Storage.DataAccess.Library;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Isar.Storage.DataAccess;

/// <summary>What EF Core stores and loads: relations, values of every type, changes, deletions.</summary>
public abstract class EfModelSuite(BackendUnderTest underTest) : DataSuite(underTest)
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await FillAsync();
    }

    [Fact]
    public Task Relations_are_loaded() => InContextAsync(async context =>
    {
        Author author = await context.Authors.Include(a => a.Books).ThenInclude(book => book.Tags).SingleAsync(a => a.Id == 2);
        Author expected = new LibraryData().Authors.Single(a => a.Id == 2);
        Assert.Equal(expected.Books.Select(book => book.Title).Order(), author.Books.Select(book => book.Title).Order());
        Assert.Equal(expected.Books.Sum(book => book.Tags.Count), author.Books.Sum(book => book.Tags.Count));
        Assert.All(author.Books, book => Assert.Same(author, book.Author));
    });

    [Fact]
    public Task Relations_are_loaded_by_split_queries_and_later() => InContextAsync(async context =>
    {
        List<Tag> tags = await context.Tags
            .Include(tag => tag.Books).ThenInclude(book => book.Author).AsSplitQuery().OrderBy(tag => tag.Id).ToListAsync();
        Assert.Equal(((ILibrary)new LibraryData()).Tags.Select(tag => tag.Books.Count), tags.Select(tag => tag.Books.Count));
        context.ChangeTracker.Clear();
        Author author = context.Authors.Single(a => a.Id == 4);
        Assert.Empty(author.Books);
        await context.Entry(author).Collection(a => a.Books).LoadAsync();
        Assert.Equal(4, author.Books.Count);
    });

    [Fact]
    public Task Values_of_every_type_come_back() => InContextAsync(async context =>
    {
        foreach (Book expected in ((ILibrary)new LibraryData()).Books)
        {
            Book book = (await context.Books.FindAsync(expected.Id))!;
            Assert.Equal(ValuesOf(expected), ValuesOf(book));
            Assert.Equal(expected.Cover, book.Cover);
        }
        Assert.Equal(new DateOnly(1901, 2, 3), (await context.Authors.FindAsync(1))!.Born);
    });

    [Fact]
    public async Task Decimals_keep_every_digit()
    {
        decimal[] prices = [decimal.MaxValue, decimal.MinValue, 0.1m + 0.2m, 1.10m, 79228162514264337593543950.335m];
        Guid[] ids = [.. prices.Select(_ => Guid.NewGuid())];
        await InContextAsync(async context =>
        {
            context.AddRange(prices.Select((price, i) => new Book { Id = ids[i], Title = "dear", Price = price, AuthorId = 1 }));
            await context.SaveChangesAsync();
        });
        await InContextAsync(async context =>
        {
            for (int i = 0; i < ids.Length; i++)
                Assert.Equal(prices[i], (await context.Books.FindAsync(ids[i]))!.Price);
            Assert.Equal(decimal.MinValue, await context.Books.MinAsync(book => book.Price));
        });
    }

    [Fact]
    public async Task Changes_are_stored()
    {
        await InContextAsync(async context =>
        {
            Book book = await context.Books.Include(b => b.Tags).FirstAsync(b => b.Tags.Count > 0);
            book.Title = "changed";
            book.Tags.Clear();
            book.Tags.Add(new Tag { Name = "new" });
            book.Author = await context.Authors.SingleAsync(author => author.Id == 3);
            // Synchronously once: what follows finds it all the same.
            Assert.True(context.SaveChanges() >= 3);
        });
        await InContextAsync(async context =>
        {
            Book book = await context.Books.Include(b => b.Tags).Include(b => b.Author).SingleAsync(b => b.Title == "changed");
            Assert.Equal("new", Assert.Single(book.Tags).Name);
            Assert.Equal("Cem Çelik", book.Author.Name);
        });
    }

    [Fact]
    public Task Keys_are_generated() => InContextAsync(async context =>
    {
        var author = new Author { Name = "New", Books = { new Book { Title = "First" } } };
        context.Add(author);
        await context.SaveChangesAsync();
        Assert.Equal(5, author.Id);
        Assert.NotEqual(Guid.Empty, author.Books[0].Id);
    });

    [Fact]
    public async Task Deleting_an_author_deletes_the_books_also_those_not_loaded()
    {
        await InContextAsync(async context =>
        {
            context.Remove(await context.Authors.SingleAsync(author => author.Id == 2));
            await context.SaveChangesAsync();
        });
        await InContextAsync(async context =>
        {
            Assert.Equal(7, await context.Books.CountAsync());
            Assert.False(await context.Tags.AnyAsync(tag => tag.Books.Any(book => book.AuthorId == 2)));
            Assert.Equal(4, await context.Tags.CountAsync());
        });
    }

    [Fact]
    public Task Many_rows_are_changed_and_deleted_by_one_statement() => InContextAsync(async context =>
    {
        Assert.Equal(5, await context.Books.Where(book => book.AuthorId == 2)
            .ExecuteUpdateAsync(set => set.SetProperty(book => book.Pages, book => book.Pages + 1000).SetProperty(book => book.Genre, Genre.Poetry)));
        Assert.Equal(5, await context.Books.CountAsync(book => book.Pages > 1000 && book.Genre == Genre.Poetry));
        Assert.Equal(3, await context.Books.Where(book => book.AuthorId == 1).ExecuteDeleteAsync());
        Assert.Equal(9, await context.Books.CountAsync());
    });

    [Fact]
    public Task What_breaks_a_constraint_is_refused() => InContextAsync(async context =>
    {
        context.Add(new Tag { Name = "sea" });
        DbUpdateException error = await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        Assert.Equal(2067, Assert.IsType<SqliteException>(error.InnerException).SqliteExtendedErrorCode);
        context.ChangeTracker.Clear();
        context.Add(new Book { Title = "of nobody", AuthorId = 99 });
        error = await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        Assert.Equal(787, Assert.IsType<SqliteException>(error.InnerException).SqliteExtendedErrorCode);
    });

    [Fact]
    public Task Many_rows_are_saved_at_once() => InContextAsync(async context =>
    {
        context.AddRange(Enumerable.Range(1, 300).Select(i => new Author { Name = $"Author {i}" }));
        Assert.Equal(300, await context.SaveChangesAsync());
        Assert.Equal(304, await context.Authors.CountAsync());
        int seen = 0;
        await foreach (Author author in context.Authors.AsNoTracking().OrderBy(author => author.Id).AsAsyncEnumerable())
            Assert.Equal(++seen, author.Id);
        Assert.Equal(304, seen);
    });

    private static object ValuesOf(Book book) =>
        (book.Price, book.Published, book.Pages, book.Rating, book.Genre, book.InPrint, book.ReadingTime, book.Reviewed);

    [Fact]
    public Task EnsureDeleted_deletes_the_database_or_says_what_does() => InContextAsync(async context =>
    {
        Exception? refusal = await Record.ExceptionAsync(() => context.Database.EnsureDeletedAsync());
        Assert.Equal(refusal is null, !await Storage.ExistsAsync(Database));
        if (refusal is not null)
            Assert.Contains("IIsarStorage.DeleteAsync", refusal.Message, StringComparison.Ordinal);
    });
}
