namespace Isar.Storage.DataAccess.Library;

/// <summary>What queries are written for, so that one query runs on the database and on the objects it was filled from.</summary>
public interface ILibrary
{
    IQueryable<Author> Authors { get; }

    IQueryable<Book> Books { get; }

    IQueryable<Tag> Tags { get; }
}
