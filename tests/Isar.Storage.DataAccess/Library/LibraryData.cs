using System.Globalization;

namespace Isar.Storage.DataAccess.Library;

/// <summary>The objects that databases are filled from; the same each time.</summary>
public sealed class LibraryData : ILibrary
{
    private readonly List<Tag> _tags = [.. new[] { "classic", "sea", "short", "unread" }.Select((name, i) => new Tag { Id = i + 1, Name = name })];

    public LibraryData()
    {
        Add("Ada Õun", "Estonia", new DateOnly(1901, 2, 3), 3);
        Add("Bo Berg", null, new DateOnly(1955, 12, 31), 5);
        Add("Cem Çelik", "Turkey", new DateOnly(1980, 7, 1), 0);
        Add("Di Doe", "Estonia", new DateOnly(1999, 1, 1), 4);
    }

    public List<Author> Authors { get; } = [];

    IQueryable<Author> ILibrary.Authors => Authors.AsQueryable();

    IQueryable<Book> ILibrary.Books => Authors.SelectMany(author => author.Books).AsQueryable();

    IQueryable<Tag> ILibrary.Tags => _tags.AsQueryable();

    private void Add(string name, string? country, DateOnly born, int books)
    {
        var author = new Author { Id = Authors.Count + 1, Name = name, Country = country, Born = born };
        for (int i = 1; i <= books; i++)
            author.Books.Add(CreateBook(author, i));
        Authors.Add(author);
    }

    private Book CreateBook(Author author, int i)
    {
        int number = (author.Id * 10) + i;
        var book = new Book
        {
            Id = Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{number:d12}")),
            Title = $"Book {number} of {author.Name}",
            Price = i * 3.35m,
            Published = new DateTime(2000 + number, i, 28, 13, 30, i, 250, DateTimeKind.Unspecified),
            Pages = number * 7,
            Rating = number % 3 == 0 ? null : number / 8.0,
            Genre = (Genre)(number % 3),
            InPrint = number % 2 == 0,
            Cover = number % 4 == 0 ? [0, 255, (byte)number] : null,
            ReadingTime = TimeSpan.FromMinutes(number * 11),
            Reviewed = number % 5 == 0 ? null : new DateTimeOffset(2026, i, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            Version = 1,
            AuthorId = author.Id,
            Author = author,
        };
        foreach (Tag tag in _tags.Where(tag => number % (tag.Id + 1) == 0))
        {
            book.Tags.Add(tag);
            tag.Books.Add(book);
        }
        return book;
    }
}
