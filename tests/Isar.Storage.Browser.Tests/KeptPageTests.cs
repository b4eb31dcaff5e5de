using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>What tests have that take pages with running workers: databases of their own in the directory of the class.</summary>
public abstract class KeptPageTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output)
    : PageTests(fixture, output), IClassFixture<KeptPages>
{
    private protected override string StorageDirectory => kept.StorageDirectory;

    private protected override string Prefix { get; } = kept.NewPrefix();

    /// <summary>Takes a page with a running worker.</summary>
    /// <param name="backend">The backend of its storage.</param>
    /// <param name="number">Which one, for a test that takes several.</param>
    /// <param name="options">The options of its storage.</param>
    /// <param name="path">The page of the <see cref="TestSite"/>.</param>
    private protected Task<TestPage> TakeAsync(string backend = "opfs", int number = 0, string options = "{}", string path = "") =>
        kept.TakeAsync(backend, Prefix, number, options, path);

    /// <summary>Takes a page without storage.</summary>
    private protected Task<TestPage> TakeEmptyAsync(string path = "") => kept.TakeAsync("opfs", Prefix, 0, options: null, path);

    /// <summary>Takes pages with running workers.</summary>
    private protected Task<TestPage[]> TakeAllAsync(string backend, int count, string options = "{}") =>
        Task.WhenAll(Enumerable.Range(0, count).Select(number => TakeAsync(backend, number, options)));

    /// <summary>Takes pages with running workers and opens <c>shared.db</c> in each, which has the table <c>t</c> with some rows.</summary>
    private protected async Task<TestPage[]> TakeSharedAsync(string backend, int count = 2, string options = "{}")
    {
        TestPage[] pages = await TakeAllAsync(backend, count, options);
        await ShareAsync(pages);
        return pages;
    }
}
