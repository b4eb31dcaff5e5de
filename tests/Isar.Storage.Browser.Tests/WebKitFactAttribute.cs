using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>A fact about WebKitGTK; skipped where there is none.</summary>
public sealed class WebKitFactAttribute : FactAttribute
{
    public WebKitFactAttribute() => Skip = WebKitBrowser.Missing;
}

/// <summary>A theory about WebKitGTK; skipped where there is none.</summary>
public sealed class WebKitTheoryAttribute : TheoryAttribute
{
    public WebKitTheoryAttribute() => Skip = WebKitBrowser.Missing;
}
