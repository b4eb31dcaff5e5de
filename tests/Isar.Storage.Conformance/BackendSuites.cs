namespace Isar.Storage.Conformance;

/// <summary>The suites that a backend must pass.</summary>
public static class BackendSuites
{
    /// <summary>Gets all of them, ordered by name.</summary>
    public static IReadOnlyList<Type> All { get; } =
    [
        .. typeof(BackendSuites).Assembly.GetExportedTypes()
            .Where(type => type.BaseType == typeof(BackendSuite) || type.BaseType == typeof(SqlSuite))
            .OrderBy(type => type.Name),
    ];
}
