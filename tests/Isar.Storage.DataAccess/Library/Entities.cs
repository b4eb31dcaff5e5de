namespace Isar.Storage.DataAccess.Library;

/// <summary>Who writes books; one to many.</summary>
public sealed class Author
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public string? Country { get; set; }

    public DateOnly Born { get; set; }

    public List<Book> Books { get; } = [];
}

/// <summary>A book, with a value of every kind that providers convert.</summary>
public sealed class Book
{
    public Guid Id { get; set; }

    public required string Title { get; set; }

    public decimal Price { get; set; }

    public DateTime Published { get; set; }

    public int Pages { get; set; }

    public double? Rating { get; set; }

    public Genre Genre { get; set; }

    public bool InPrint { get; set; }

    public byte[]? Cover { get; set; }

    public TimeSpan ReadingTime { get; set; }

    public DateTimeOffset? Reviewed { get; set; }

    /// <summary>Gets or sets the concurrency token.</summary>
    public int Version { get; set; }

    public int AuthorId { get; set; }

    public Author Author { get; set; } = null!;

    public List<Tag> Tags { get; } = [];
}

/// <summary>A word that any number of books carry; many to many.</summary>
public sealed class Tag
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public List<Book> Books { get; } = [];
}

/// <summary>Stored as text.</summary>
public enum Genre
{
    Novel,
    Poetry,
    Science,
}
