using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Isar.Storage;

/// <summary>The connection string of an <see cref="IsarConnection"/>: <c>Data Source</c> and <c>Default Timeout</c>.</summary>
public sealed class IsarConnectionStringBuilder : DbConnectionStringBuilder
{
    private const string DataSourceKey = "Data Source";
    private const string DefaultTimeoutKey = "Default Timeout";
    private const int DefaultTimeoutValue = 30;

    /// <summary>Makes an empty connection string.</summary>
    public IsarConnectionStringBuilder()
    {
    }

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="ArgumentException">It has a keyword that there is not, or a value that cannot be.</exception>
    public IsarConnectionStringBuilder(string? connectionString) => ConnectionString = connectionString;

    /// <summary>Gets or sets the database's name, such as <c>notes.db</c>.</summary>
    public string DataSource
    {
        get => TryGetValue(DataSourceKey, out object? value) ? (string)value : "";
        set => base[DataSourceKey] = value;
    }

    /// <summary>Gets or sets how long commands wait for transactions of other connections of the page, in seconds.</summary>
    /// <value>From 0, which means for ever. The default value is 30.</value>
    public int DefaultTimeout
    {
        get => TryGetValue(DefaultTimeoutKey, out object? value) ? ToTimeout(value) : DefaultTimeoutValue;
        set => base[DefaultTimeoutKey] = ToTimeout(value);
    }

    /// <summary>Gets the keywords that there are.</summary>
    public override ICollection Keys => new[] { DataSourceKey, DefaultTimeoutKey };

    /// <summary>Gets or sets a value by its keyword.</summary>
    /// <exception cref="ArgumentException">There is no such keyword, or the value cannot be.</exception>
    [AllowNull]
    public override object this[string keyword]
    {
        get => Normalize(keyword) == DataSourceKey ? DataSource : DefaultTimeout;
        set
        {
            string key = Normalize(keyword);
            if (value is null)
                Remove(key);
            else if (key == DataSourceKey)
                DataSource = Convert.ToString(value, CultureInfo.InvariantCulture)!;
            else
                DefaultTimeout = ToTimeout(value);
        }
    }

    private static string Normalize(string keyword) => keyword.ToUpperInvariant() switch
    {
        "DATA SOURCE" or "DATASOURCE" or "FILENAME" => DataSourceKey,
        "DEFAULT TIMEOUT" or "COMMAND TIMEOUT" => DefaultTimeoutKey,
        _ => throw new ArgumentException(
            $"The connection string of a page has no keyword \"{keyword}\", only \"{DataSourceKey}\" and \"{DefaultTimeoutKey}\".", nameof(keyword)),
    };

    private static int ToTimeout(object value) =>
        int.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out int seconds) && seconds >= 0
            ? seconds
            : throw new ArgumentException($"\"{DefaultTimeoutKey}\" is a whole number of seconds from 0, not \"{value}\".", nameof(value));
}
