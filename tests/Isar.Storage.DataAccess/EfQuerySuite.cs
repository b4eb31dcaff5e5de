using Isar.Storage.Conformance;
using Isar.Storage.DataAccess.Library;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Isar.Storage.DataAccess;

/// <summary>Queries of EF Core: each gives what LINQ gives over the objects that the database was filled from.</summary>
public abstract class EfQuerySuite(BackendUnderTest underTest) : DataSuite(underTest)
{
    private static readonly string[] _countries = ["Estonia", "Norway"];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await FillAsync();
    }

    [Fact]
    public Task Filter_and_order() => SameAsync(library =>
        from book in library.Books
        where book.Pages > 150 && book.InPrint
        orderby book.Title
        select book.Title);

    [Fact]
    public Task Order_by_several() => SameAsync(library =>
        library.Books.OrderByDescending(book => book.InPrint).ThenBy(book => book.Genre).ThenByDescending(book => book.Title)
            .Select(book => book.Title));

    [Fact]
    public Task Compare_and_order_decimals() => SameAsync(library =>
        library.Books.Where(book => book.Price >= 6.70m).OrderByDescending(book => book.Price).ThenBy(book => book.Title)
            .Select(book => new { book.Title, Double = book.Price * 2m, Rest = book.Price % 2m }));

    [Fact]
    public Task Sums_of_decimals_by_group() => SameAsync(library =>
        library.Books.GroupBy(book => book.AuthorId).OrderBy(group => group.Key)
            .Select(group => new
            {
                group.Key,
                Sum = group.Sum(book => book.Price),
                Most = group.Max(book => book.Price),
                Least = group.Min(book => book.Price),
            }));

    [Fact]
    public Task Averages() => SameAsync(library =>
        library.Books.GroupBy(book => book.Genre)
            .Select(group => new { group.Key, Average = group.Average(book => book.Pages), Rating = group.Average(book => book.Rating) })
            .OrderBy(row => row.Key));

    [Fact]
    public Task Groups_with_a_condition() => SameAsync(library =>
        library.Books.GroupBy(book => book.Genre).Where(group => group.Count() > 3).OrderBy(group => group.Key)
            .Select(group => new { group.Key, Count = group.Count(), InPrint = group.Count(book => book.InPrint) }));

    [Fact]
    public Task Join() => SameAsync(library =>
        from book in library.Books
        join author in library.Authors on book.AuthorId equals author.Id
        orderby author.Name, book.Title
        select new { author.Name, book.Title });

    [Fact]
    public Task Left_join() => SameAsync(library =>
        library.Authors
            .LeftJoin(
                library.Books,
                author => author.Id,
                book => book.AuthorId,
                (author, book) => new { author.Name, Title = book == null ? null : book.Title })
            .OrderBy(row => row.Name).ThenBy(row => row.Title));

    [Fact]
    public Task Many_to_many_flattened() => SameAsync(library =>
        from book in library.Books
        from tag in book.Tags
        orderby book.Title, tag.Name
        select new { book.Title, tag.Name });

    [Fact]
    public Task Navigation_to_one() => SameAsync(library =>
        library.Books.Where(book => book.Author.Country == "Estonia").OrderBy(book => book.Id).Select(book => new { book.Id, book.Author.Name }));

    [Fact]
    public Task Any_and_all() => SameAsync(library =>
        library.Authors.OrderBy(author => author.Id)
            .Select(author => new
            {
                author.Name,
                Any = author.Books.Any(book => book.Rating == null),
                All = author.Books.All(book => book.Pages > 200),
            }));

    [Fact]
    public Task Subquery_for_the_dearest() => SameAsync(library =>
        library.Authors.OrderBy(author => author.Id).Select(author => new
        {
            author.Name,
            Dearest = author.Books.OrderByDescending(book => book.Price).Select(book => book.Title).FirstOrDefault(),
            Books = author.Books.Count,
        }));

    [Fact]
    public Task Values_in_a_list() => SameAsync(library =>
        library.Authors.Where(author => _countries.Contains(author.Country)).OrderBy(author => author.Name).Select(author => author.Name));

    [Fact]
    public Task Page_of_rows() => SameAsync(library => library.Books.OrderBy(book => book.Id).Skip(4).Take(5).Select(book => book.Title));

    [Fact]
    public Task Distinct() => SameAsync(library => library.Authors.Select(author => author.Country ?? "None").Distinct().OrderBy(country => country));

    [Fact]
    public Task Union_and_except() => SameAsync(library =>
        library.Books.Where(book => book.Pages < 150).Select(book => book.Title)
            .Union(library.Books.Where(book => book.InPrint).Select(book => book.Title))
            .Except(library.Books.Where(book => book.Genre == Genre.Poetry).Select(book => book.Title))
            .OrderBy(title => title));

    [Fact]
    public Task Text_functions() => SameAsync(library =>
        library.Authors.Where(author => author.Name.Contains(' ') && !author.Name.StartsWith('C')).OrderBy(author => author.Name).Select(author => new
        {
            Short = author.Name.Substring(0, 2).ToUpper(),
            author.Name.Length,
            At = author.Name.IndexOf(' '),
            Other = author.Name.Replace("e", "3") + "!",
            Trimmed = ("  " + author.Name + " ").Trim(),
        }));

    [Fact]
    public Task Dates() => SameAsync(library =>
        library.Books.Where(book => book.Published.Year >= 2013 && book.Published < new DateTime(2042, 1, 1)).OrderBy(book => book.Published)
            .Select(book => book.Published)
            .Select(date => new { All = date, date.Month, date.DayOfYear, Next = date.AddDays(4), date.Date }));

    [Fact]
    public Task Days() => SameAsync(library =>
        library.Authors.Where(author => author.Born > new DateOnly(1955, 1, 1)).OrderBy(author => author.Born)
            .Select(author => new { author.Born, author.Born.Year, Older = author.Born.AddYears(-1) }));

    [Fact]
    public Task Arithmetic_and_conditions() => SameAsync(library =>
        library.Books.OrderBy(book => book.Id).Select(book => new
        {
            Size = book.Pages > 200 ? "long" : book.Pages > 100 ? "middle" : "short",
            Rest = book.Pages % 9,
            Rounded = Math.Round((book.Rating ?? 0) * 2),
            Away = Math.Abs(book.Pages - 150),
            Bits = book.Pages & 0xf,
        }));

    [Fact]
    public Task Null_values() => SameAsync(library =>
        library.Books.Where(book => book.Rating == null || book.Cover != null).OrderBy(book => book.Id)
            .Select(book => new { book.Id, Rating = book.Rating ?? -1, HasCover = book.Cover != null }));

    [Fact]
    public Task Enums_and_flags() => SameAsync(library =>
        library.Books.Where(book => book.Genre == Genre.Science || !book.InPrint).OrderBy(book => book.Id)
            .Select(book => new { book.Genre, book.InPrint }));

    [Fact]
    public Task Values_of_every_type() => SameAsync(library =>
        library.Books.OrderBy(book => book.Id)
            .Select(book => new { book.Id, book.Price, book.Published, book.Rating, book.Genre, book.ReadingTime, book.Reviewed }));

    [Fact]
    public Task Collections_in_rows() => InContextAsync(async context =>
    {
        IQueryable<(string, string)> Query(ILibrary library) => library.Tags.OrderBy(tag => tag.Name)
            .Select(tag => new { tag.Name, Titles = tag.Books.OrderBy(book => book.Title).Select(book => book.Title).ToList() })
            .AsEnumerable().Select(row => (row.Name, string.Join('|', row.Titles))).AsQueryable();
        Assert.Equal(Query(new LibraryData()), Query(context));
        Assert.Equal(4, await context.Tags.CountAsync());
    });

    [Fact]
    public Task Single_values() => InContextAsync(async context =>
    {
        ILibrary objects = new LibraryData();
        Assert.Equal(objects.Books.Count(), await context.Books.CountAsync());
        Assert.Equal(objects.Books.Sum(book => book.Pages), await context.Books.SumAsync(book => book.Pages));
        Assert.Equal(objects.Books.Sum(book => book.Price), await context.Books.SumAsync(book => book.Price));
        Assert.Equal(objects.Books.Max(book => book.Published), await context.Books.MaxAsync(book => book.Published));
        Assert.Equal(objects.Books.Average(book => book.Price), await context.Books.AverageAsync(book => book.Price));
        Assert.Equal(objects.Authors.Min(author => author.Born), await context.Authors.MinAsync(author => author.Born));
        Assert.True(await context.Books.AnyAsync(book => book.Pages == 77));
        Assert.Equal("Bo Berg", (await context.Authors.SingleAsync(author => author.Country == null)).Name);
        await Assert.ThrowsAsync<InvalidOperationException>(() => context.Authors.SingleAsync(author => author.Country == "Estonia"));
    });

    [Fact]
    public Task Sql_and_linq_together() => InContextAsync(async context =>
    {
        int pages = 250;
        Assert.Equal(
            ((ILibrary)new LibraryData()).Books.Where(book => book.Pages > pages && book.InPrint).Select(book => book.Title).Order(),
            await context.Books.FromSql($"SELECT * FROM Books WHERE Pages > {pages}")
                .Where(book => book.InPrint).Select(book => book.Title).OrderBy(title => title).ToListAsync());
        Assert.Equal(
            new[] { "Book 11 of Ada Õun" },
            await context.Books.Where(book => EF.Functions.Like(book.Title, "%11 of%")).Select(book => book.Title).ToListAsync());
        Assert.Equal(12L, (await context.Database.SqlQuery<long>($"SELECT count(*) AS Value FROM Books").ToListAsync())[0]);
    });

    /// <summary>Runs a query on the objects, and synchronously and asynchronously on the database.</summary>
    private Task SameAsync(Func<ILibrary, IQueryable<object>> query) => InContextAsync(async context =>
    {
        object[] expected = [.. query(new LibraryData())];
        Assert.NotEmpty(expected);
        IQueryable<object> inDatabase = query(context);
        Assert.Equal(expected, inDatabase.ToList());
        Assert.Equal(expected, await inDatabase.ToListAsync());
    });
}
