using Xunit;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>
/// The tests of data access, and of moving databases; they have a browser of their own and run beside the others, which mostly wait.
/// </summary>
[CollectionDefinition(Name)]
public sealed class DataTests : ICollectionFixture<BrowserFixture>
{
    public const string Name = "data";
}
