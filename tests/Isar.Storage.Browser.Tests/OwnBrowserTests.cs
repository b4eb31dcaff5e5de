using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>The tests that start and end browsers of their own; they run beside the others.</summary>
[CollectionDefinition(Name)]
public sealed class OwnBrowserTests : ICollectionFixture<BrowserFixture>
{
    public const string Name = "own browsers";
}
