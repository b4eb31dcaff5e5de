using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Isar.Storage.Tests.DataAccess;

/// <summary>A small model with a relation.</summary>
public sealed class NotesContext(DbContextOptions<NotesContext> options) : DbContext(options)
{
    public DbSet<Notebook> Notebooks => Set<Notebook>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Notebook>().HasMany(notebook => notebook.Notes).WithOne().IsRequired();

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) =>
        // The migrations below are written by hand and have no snapshot to compare with.
        optionsBuilder.ConfigureWarnings(warnings =>
            warnings.Ignore(Microsoft.EntityFrameworkCore.Diagnostics.RelationalEventId.PendingModelChangesWarning));
}

public sealed class Notebook
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public List<Note> Notes { get; } = [];
}

public sealed class Note
{
    public int Id { get; set; }

    public required string Text { get; set; }

    public DateTime Created { get; set; }

    public decimal? Price { get; set; }
}

[DbContext(typeof(NotesContext))]
[Migration("1_Notebooks")]
public sealed class NotebooksMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateTable("Notebooks", table => new
        {
            Id = table.Column<int>().Annotation("Sqlite:Autoincrement", true),
            Name = table.Column<string>(),
        }, constraints: table => table.PrimaryKey("PK_Notebooks", row => row.Id));
}

[DbContext(typeof(NotesContext))]
[Migration("2_Notes")]
public sealed class NotesMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateTable("Note", table => new
        {
            Id = table.Column<int>().Annotation("Sqlite:Autoincrement", true),
            Text = table.Column<string>(),
            Created = table.Column<DateTime>(),
            Price = table.Column<decimal>(nullable: true),
            NotebookId = table.Column<int>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_Note", row => row.Id);
            table.ForeignKey("FK_Note_Notebooks", row => row.NotebookId, "Notebooks", "Id", onDelete: ReferentialAction.Cascade);
        });
}
