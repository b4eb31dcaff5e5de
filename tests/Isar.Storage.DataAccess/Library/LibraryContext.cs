using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Isar.Storage.DataAccess.Library;

/// <summary>A model with a relation of each sort: authors have books, books and tags have each other.</summary>
public sealed class LibraryContext(DbContextOptions<LibraryContext> options) : DbContext(options), ILibrary
{
    IQueryable<Author> ILibrary.Authors => Authors;

    IQueryable<Book> ILibrary.Books => Books;

    IQueryable<Tag> ILibrary.Tags => Tags;

    public DbSet<Author> Authors => Set<Author>();

    public DbSet<Book> Books => Set<Book>();

    public DbSet<Tag> Tags => Set<Tag>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Author>().HasMany(author => author.Books).WithOne(book => book.Author).OnDelete(DeleteBehavior.Cascade);
        modelBuilder.Entity<Book>(book =>
        {
            book.HasMany(b => b.Tags).WithMany(tag => tag.Books);
            book.Property(b => b.Genre).HasConversion<string>();
            book.Property(b => b.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<Tag>().HasIndex(tag => tag.Name).IsUnique();
    }

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) =>
        // The migrations are written by hand and have no snapshot to compare with.
        optionsBuilder.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
}
