using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Isar.Storage.DataAccess.Library;

[DbContext(typeof(LibraryContext))]
[Migration("20260101000001_Authors")]
public sealed class AuthorsMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateTable("Authors", table => new
        {
            Id = table.Column<int>().Annotation("Sqlite:Autoincrement", true),
            Name = table.Column<string>(),
            Born = table.Column<DateOnly>(),
        }, constraints: table => table.PrimaryKey("PK_Authors", row => row.Id));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("Authors");
}

[DbContext(typeof(LibraryContext))]
[Migration("20260101000002_Books")]
public sealed class BooksMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("Books", table => new
        {
            Id = table.Column<Guid>(),
            Title = table.Column<string>(),
            Price = table.Column<decimal>(),
            Published = table.Column<DateTime>(),
            Pages = table.Column<int>(),
            Rating = table.Column<double>(nullable: true),
            Genre = table.Column<string>(),
            InPrint = table.Column<bool>(),
            Cover = table.Column<byte[]>(nullable: true),
            ReadingTime = table.Column<TimeSpan>(),
            Reviewed = table.Column<DateTimeOffset>(nullable: true),
            Version = table.Column<int>(),
            AuthorId = table.Column<int>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_Books", row => row.Id);
            table.ForeignKey("FK_Books_Authors", row => row.AuthorId, "Authors", "Id", onDelete: ReferentialAction.Cascade);
        });
        migrationBuilder.CreateIndex("IX_Books_AuthorId", "Books", "AuthorId");
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("Books");
}

[DbContext(typeof(LibraryContext))]
[Migration("20260101000003_Tags")]
public sealed class TagsMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("Tags", table => new
        {
            Id = table.Column<int>().Annotation("Sqlite:Autoincrement", true),
            Name = table.Column<string>(),
        }, constraints: table => table.PrimaryKey("PK_Tags", row => row.Id));
        migrationBuilder.CreateIndex("IX_Tags_Name", "Tags", "Name", unique: true);
        migrationBuilder.CreateTable("BookTag", table => new
        {
            BooksId = table.Column<Guid>(),
            TagsId = table.Column<int>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_BookTag", row => new { row.BooksId, row.TagsId });
            table.ForeignKey("FK_BookTag_Books", row => row.BooksId, "Books", "Id", onDelete: ReferentialAction.Cascade);
            table.ForeignKey("FK_BookTag_Tags", row => row.TagsId, "Tags", "Id", onDelete: ReferentialAction.Cascade);
        });
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable("BookTag");
        migrationBuilder.DropTable("Tags");
    }
}

/// <summary>Changes a table that has rows.</summary>
[DbContext(typeof(LibraryContext))]
[Migration("20260101000004_Countries")]
public sealed class CountriesMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>("Country", "Authors", nullable: true);
        migrationBuilder.Sql("UPDATE Authors SET Country = 'unknown';");
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("ALTER TABLE Authors DROP COLUMN Country;");
}
