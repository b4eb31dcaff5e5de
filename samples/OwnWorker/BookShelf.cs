using Microsoft.EntityFrameworkCore;

namespace Isar.Storage.Samples.OwnWorker;

/// <summary>What the page's calls do.</summary>
internal sealed class BookShelf(IIsarStorage storage, BooksContext context, TimeProvider time)
{
    private const string Database = "books.db";

    public async ValueTask<Book> AddAsync(Book book, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(book.Title))
            throw new ArgumentException("A book needs a title.");
        await PrepareAsync(cancellationToken);
        book.Added = time.GetUtcNow().UtcDateTime;
        context.Add(book);
        await context.SaveChangesAsync(cancellationToken);
        return book;
    }

    public async ValueTask<Book[]> SearchAsync(string words, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        IQueryable<Book> found = context.Books;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            found = found.Where(book => EF.Functions.Like(book.Title + " " + book.Author, $"%{word}%"));
        return await found.OrderBy(book => book.Title).Take(100).ToArrayAsync(cancellationToken);
    }

    /// <summary>Takes the database, which another tab may have had, before EF Core uses it synchronously.</summary>
    private async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        await storage.PrepareAsync(Database, cancellationToken: cancellationToken);
        context.Database.SetConnectionString(storage.GetConnectionString(Database));
        await context.Database.EnsureCreatedAsync(cancellationToken);
    }
}
