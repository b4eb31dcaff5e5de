using System.Globalization;

namespace Isar.Storage.Client;

/// <summary>Writes a real number as SQLite does, with a point or an exponent, in the fewest digits that read back as the same number.</summary>
internal static class RealText
{
    public static string Of(double value)
    {
        if (double.IsInfinity(value))
            return value > 0 ? "Inf" : "-Inf";
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int exponent = text.IndexOf('E', StringComparison.Ordinal);
        string digits = exponent < 0 ? text : text[..exponent];
        string whole = digits.Contains('.', StringComparison.Ordinal) ? digits : digits + ".0";
        return exponent < 0 ? whole : $"{whole}e{text[(exponent + 1)..]}";
    }
}
