using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>A fact about Firefox; skipped where there is none.</summary>
public sealed class FirefoxFactAttribute : FactAttribute
{
    public FirefoxFactAttribute() => Skip = FirefoxBrowser.Missing;
}

/// <summary>A theory about Firefox; skipped where there is none.</summary>
public sealed class FirefoxTheoryAttribute : TheoryAttribute
{
    public FirefoxTheoryAttribute() => Skip = FirefoxBrowser.Missing;
}
