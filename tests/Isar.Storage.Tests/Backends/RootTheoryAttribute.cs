using Xunit;

namespace Isar.Storage.Tests.Backends;

/// <summary>A theory about what only root may do, skipped for other users.</summary>
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute() =>
        Skip = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? null : "Only root can give files away, and this runs stat as on Linux.";
}
