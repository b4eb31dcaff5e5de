using System.Reflection;
using Xunit;

namespace Isar.Storage.Cases;

/// <summary>One fact of a suite, run without a test runner: in a browser, or on a backend made for the occasion.</summary>
public sealed class SuiteCase
{
    private readonly MethodInfo _method;

    private SuiteCase(MethodInfo method, FactAttribute fact)
    {
        _method = method;
        Skip = string.IsNullOrEmpty(fact.Skip) ? null : fact.Skip;
    }

    /// <summary>Gets the name of the fact.</summary>
    public string Name => _method.Name;

    /// <summary>Gets why the case is not to be run, or <see langword="null"/>.</summary>
    public string? Skip { get; }

    /// <summary>Gets the cases of a suite or of a class that inherits one, ordered by name.</summary>
    public static IReadOnlyList<SuiteCase> CasesOf(Type type) =>
    [
        .. from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance)
           let fact = method.GetCustomAttribute<FactAttribute>()
           where fact is not null
           orderby method.Name
           select new SuiteCase(method, fact),
    ];

    /// <summary>Runs the case on a new object of its class, as xunit would.</summary>
    /// <returns>The text that it returned, or an empty one.</returns>
    public async Task<string> RunAsync(Func<object> create)
    {
        object suite = create();
        try
        {
            if (suite is IAsyncLifetime starting)
                await starting.InitializeAsync();
            object? result = _method.Invoke(suite, BindingFlags.DoNotWrapExceptions, null, null, null);
            if (result is Task task)
                await task;
            return result is Task<string> told ? await told : "";
        }
        finally
        {
            if (suite is IAsyncLifetime ending)
                await ending.DisposeAsync();
            (suite as IDisposable)?.Dispose();
        }
    }
}
