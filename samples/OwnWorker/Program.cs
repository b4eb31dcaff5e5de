using System.Runtime.Versioning;
using Isar.Storage;
using Isar.Storage.Samples.OwnWorker;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

[assembly: SupportedOSPlatform("browser")]

await WorkerHost.RunAsync((storage, _) =>
{
    storage.UseOpfs().UseIndexedDb();
    // Which file it is, is known once the database is prepared: see BookShelf.
    storage.Services.AddDbContext<BooksContext>(options => options.UseSqlite());
    storage.Services.AddScoped<BookShelf>();
    storage.Services.AddWorkerHandler("books/add", BooksJson.Default.Book, BooksJson.Default.Book,
        (services, book, token) => services.GetRequiredService<BookShelf>().AddAsync(book, token));
    storage.Services.AddWorkerHandler("books/search", BooksJson.Default.String, BooksJson.Default.BookArray,
        (services, words, token) => services.GetRequiredService<BookShelf>().SearchAsync(words, token));
});
