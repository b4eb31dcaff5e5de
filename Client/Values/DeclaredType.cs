using System.Diagnostics.CodeAnalysis;

namespace Isar.Storage.Client;

/// <summary>What the declared type of a column says about its values: https://sqlite.org/datatype3.html#determination_of_column_affinity.</summary>
internal static class DeclaredType
{
    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicFields)]
    public static Type ToClrType(string declared)
    {
        if (Has("INT"))
            return typeof(long);
        if (Has("CHAR") || Has("CLOB") || Has("TEXT"))
            return typeof(string);
        if (declared.Length == 0 || Has("BLOB"))
            return typeof(byte[]);
        if (Has("REAL") || Has("FLOA") || Has("DOUB"))
            return typeof(double);
        // Affinity NUMERIC: dates and decimals, which are stored as texts.
        return typeof(string);

        bool Has(string part) => declared.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
