using Isar.Storage.Conformance;
using Isar.Storage.Tests.Conformance;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Isar.Storage.Tests.DataAccess;

public sealed class MemoryEntityFrameworkTests() : EntityFrameworkTests(new MemoryUnderTest());

public sealed class NativeEntityFrameworkTests() : EntityFrameworkTests(new NativeUnderTest())
{
    [Fact]
    public async Task EnsureDeleted_removes_the_file()
    {
        await using AsyncServiceScope scope = Services.CreateAsyncScope();
        NotesContext context = scope.ServiceProvider.GetRequiredService<NotesContext>();
        await context.Database.EnsureCreatedAsync();
        Assert.True(await Storage.ExistsAsync("app.db"));
        await context.Database.EnsureDeletedAsync();
        Assert.False(await Storage.ExistsAsync("app.db"));
    }
}

/// <summary>EF Core on any backend: only the line that registers the backend differs.</summary>
public abstract class EntityFrameworkTests : IAsyncLifetime
{
    private readonly BackendUnderTest _underTest;
    private readonly ServiceProvider _services;

    protected EntityFrameworkTests(BackendUnderTest underTest)
    {
        _underTest = underTest;
        var services = new ServiceCollection();
        underTest.Register(services.AddIsarStorage(options => options.Directory = underTest.Directory));
        services.AddDbContext<NotesContext>(static (provider, options) =>
            options.UseSqlite(provider.GetRequiredService<IIsarStorage>().GetConnectionString("app.db")));
        _services = services.BuildServiceProvider();
    }

    protected IServiceProvider Services => _services;

    protected IIsarStorage Storage => _services.GetRequiredService<IIsarStorage>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _underTest.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Creates_and_queries_a_model()
    {
        await InContextAsync(context => context.Database.EnsureCreatedAsync());
        await FillAsync();
        await CheckAsync();
    }

    [Fact]
    public async Task Migrations_apply_once()
    {
        await InContextAsync(context => context.Database.MigrateAsync());
        await FillAsync();
        await InContextAsync(async context =>
        {
            await context.Database.MigrateAsync();
            Assert.Equal(["1_Notebooks", "2_Notes"], await context.Database.GetAppliedMigrationsAsync());
        });
        await CheckAsync();
    }

    [Fact]
    public async Task A_failed_transaction_leaves_nothing()
    {
        await InContextAsync(context => context.Database.EnsureCreatedAsync());
        await FillAsync();
        await InContextAsync(async context =>
        {
            await using (await context.Database.BeginTransactionAsync())
            {
                context.Notebooks.Add(new Notebook { Name = "lost" });
                await context.SaveChangesAsync();
            }
        });
        await InContextAsync(async context => Assert.False(await context.Notebooks.AnyAsync(notebook => notebook.Name == "lost")));
    }

    private Task FillAsync() => InContextAsync(async context =>
    {
        for (int i = 1; i <= 3; i++)
        {
            var notebook = new Notebook { Name = $"Book {i}" };
            for (int n = 1; n <= i; n++)
                notebook.Notes.Add(new Note { Text = $"Note {n} ö", Created = new DateTime(2026, i, n, 0, 0, 0, DateTimeKind.Utc), Price = n * 1.10m });
            context.Notebooks.Add(notebook);
        }
        await context.SaveChangesAsync();
    });

    private Task CheckAsync() => InContextAsync(async context =>
    {
        Notebook third = await context.Notebooks.Include(notebook => notebook.Notes).SingleAsync(notebook => notebook.Name == "Book 3");
        Assert.Equal(["Note 1 ö", "Note 2 ö", "Note 3 ö"], third.Notes.Select(note => note.Text).Order());
        Assert.Equal(6, await context.Notebooks.SelectMany(notebook => notebook.Notes).CountAsync());
        Assert.Equal(["Book 2", "Book 3"], await context.Notebooks
            .Where(notebook => notebook.Notes.Any(note => note.Price > 2m)).OrderBy(notebook => notebook.Id).Select(notebook => notebook.Name).ToListAsync());
        Assert.Equal(3.30m, third.Notes.Max(note => note.Price));
    });

    private async Task InContextAsync(Func<NotesContext, Task> use)
    {
        await using AsyncServiceScope scope = _services.CreateAsyncScope();
        await use(scope.ServiceProvider.GetRequiredService<NotesContext>());
    }
}
