using System.Reflection;
using SQLitePCL;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>The members that SQLitePCLRaw asks of a provider: all that its interface has, overloads apart.</summary>
public static class ProviderMember
{
    /// <summary>Gets the methods, in the order in which they are numbered.</summary>
    public static IReadOnlyList<MethodInfo> Methods { get; } =
        [.. typeof(ISQLite3Provider).GetMethods().OrderBy(NameOf, StringComparer.Ordinal)];

    /// <summary>Gets their names with the types of their parameters.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Methods.Select(NameOf)];

    private static string NameOf(MethodInfo method) =>
        $"{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => NameOf(parameter.ParameterType)))})";

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GenericTypeArguments.Select(NameOf))}>"
        : type.Name.TrimEnd('&');
}
