using Xunit;

namespace Isar.Storage.Tests.Concurrency.Copies;

/// <summary>A fact about the stock Litestream; skipped where there is none.</summary>
public sealed class LitestreamFactAttribute : FactAttribute
{
    public LitestreamFactAttribute() => Skip = Litestream.Missing;
}

/// <summary>A theory about the stock Litestream; skipped where there is none.</summary>
public sealed class LitestreamTheoryAttribute : TheoryAttribute
{
    public LitestreamTheoryAttribute() => Skip = Litestream.Missing;
}
