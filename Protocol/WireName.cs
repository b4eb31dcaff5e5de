using System.Text.Json;

namespace Isar.Storage.Protocol;

/// <summary>The names of enum values in messages: their C# names in camelCase.</summary>
internal static class WireName
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>Finds a value by its name in messages; <see langword="null"/> when there is none.</summary>
    public static T? Find<T>(string name)
        where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (Of(value) == name)
                return value;
        }
        return null;
    }
}
