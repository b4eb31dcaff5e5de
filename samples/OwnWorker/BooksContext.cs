using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;

namespace Isar.Storage.Samples.OwnWorker;

/// <summary>The model, which could as well stand in a library that a server uses too.</summary>
internal sealed class BooksContext(DbContextOptions<BooksContext> options) : DbContext(options)
{
    public DbSet<Book> Books => Set<Book>();
}

/// <summary>A book, in the database and in messages.</summary>
internal sealed class Book
{
    public int Id { get; set; }

    public required string Title { get; set; }

    public required string Author { get; set; }

    public DateTime Added { get; set; }
}

/// <summary>What crosses between page and worker.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Book[]))]
[JsonSerializable(typeof(string))]
internal sealed partial class BooksJson : JsonSerializerContext;
