using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Isar.Storage;

/// <summary>
/// The connection string of an <see cref="IsarConnection"/>: <c>Data Source</c>, <c>Default Timeout</c>, and settings that are applied
/// whenever its database is opened, also after the worker has died: <c>Foreign Keys</c>, <c>Recursive Triggers</c> and <c>Setup</c>.
/// </summary>
public sealed class IsarConnectionStringBuilder : DbConnectionStringBuilder
{
    private const string DataSourceKey = "Data Source";
    private const string DefaultTimeoutKey = "Default Timeout";
    private const string ForeignKeysKey = "Foreign Keys";
    private const string RecursiveTriggersKey = "Recursive Triggers";
    private const string SetupKey = "Setup";
    private const int DefaultTimeoutValue = 30;

    /// <summary>Makes an empty connection string.</summary>
    public IsarConnectionStringBuilder()
    {
    }

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="ArgumentException">It has an unknown keyword or an invalid value.</exception>
    public IsarConnectionStringBuilder(string? connectionString) => ConnectionString = connectionString;

    /// <summary>Gets or sets the database's name, such as <c>notes.db</c>.</summary>
    public string DataSource
    {
        get => GetText(DataSourceKey);
        set => base[DataSourceKey] = value;
    }

    /// <summary>Gets or sets how long commands wait for transactions of other connections of the page, in seconds.</summary>
    /// <value>From 0, which means for ever. The default value is 30.</value>
    public int DefaultTimeout
    {
        get => TryGetValue(DefaultTimeoutKey, out object? value) ? ToTimeout(value) : DefaultTimeoutValue;
        set => base[DefaultTimeoutKey] = ToTimeout(value);
    }

    /// <summary>Gets or sets whether <see href="https://sqlite.org/foreignkeys.html">foreign keys</see> are enforced.</summary>
    /// <value>The default value is <see langword="null"/>: the worker's own setting, which enforces them.</value>
    public bool? ForeignKeys
    {
        get => GetSwitch(ForeignKeysKey);
        set => SetSwitch(ForeignKeysKey, value);
    }

    /// <summary>
    /// Gets or sets whether triggers may cause themselves to run again:
    /// <see href="https://sqlite.org/pragma.html#pragma_recursive_triggers">PRAGMA recursive_triggers</see>.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool RecursiveTriggers
    {
        get => GetSwitch(RecursiveTriggersKey) ?? false;
        set => SetSwitch(RecursiveTriggersKey, value);
    }

    /// <summary>
    /// Gets or sets SQL that is run whenever the database is opened, after the other settings: further settings of the connection, or
    /// <c>ATTACH</c>. When it fails, the database is not opened.
    /// </summary>
    /// <value>Any number of statements without parameters. The default value is empty.</value>
    public string Setup
    {
        get => GetText(SetupKey);
        set => base[SetupKey] = value;
    }

    /// <summary>Gets the known keywords.</summary>
    public override ICollection Keys => new[] { DataSourceKey, DefaultTimeoutKey, ForeignKeysKey, RecursiveTriggersKey, SetupKey };

    /// <summary>Gets or sets a value by its keyword.</summary>
    /// <exception cref="ArgumentException">The keyword is unknown, or the value is invalid.</exception>
    [AllowNull]
    public override object this[string keyword]
    {
        get => Normalize(keyword) switch
        {
            DataSourceKey => DataSource,
            DefaultTimeoutKey => DefaultTimeout,
            ForeignKeysKey => ForeignKeys!,
            RecursiveTriggersKey => RecursiveTriggers,
            _ => Setup,
        };
        set
        {
            string key = Normalize(keyword);
            if (value is null)
                Remove(key);
            else
                base[key] = key switch
                {
                    DefaultTimeoutKey => ToTimeout(value),
                    ForeignKeysKey or RecursiveTriggersKey => ToSwitch(key, value),
                    _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
                };
        }
    }

    /// <summary>Makes the SQL that applies the settings; empty when there are no settings.</summary>
    internal string ToSetup()
    {
        string foreignKeys = ForeignKeys is { } on ? $"PRAGMA foreign_keys = {(on ? 1 : 0)};" : "";
        string recursiveTriggers = RecursiveTriggers ? "PRAGMA recursive_triggers = 1;" : "";
        return foreignKeys + recursiveTriggers + Setup;
    }

    private static string Normalize(string keyword) => keyword.ToUpperInvariant() switch
    {
        "DATA SOURCE" or "DATASOURCE" or "FILENAME" => DataSourceKey,
        "DEFAULT TIMEOUT" or "COMMAND TIMEOUT" => DefaultTimeoutKey,
        "FOREIGN KEYS" => ForeignKeysKey,
        "RECURSIVE TRIGGERS" => RecursiveTriggersKey,
        "SETUP" => SetupKey,
        _ => throw new ArgumentException(
            $"The connection string of a page has no keyword \"{keyword}\", only \"{DataSourceKey}\", \"{DefaultTimeoutKey}\", "
            + $"\"{ForeignKeysKey}\", \"{RecursiveTriggersKey}\" and \"{SetupKey}\".", nameof(keyword)),
    };

    private string GetText(string key) => TryGetValue(key, out object? value) ? (string)value : "";

    private bool? GetSwitch(string key) => TryGetValue(key, out object? value) ? ToSwitch(key, value) : null;

    private void SetSwitch(string key, bool? value)
    {
        if (value is { } on)
            base[key] = on;
        else
            Remove(key);
    }

    private static int ToTimeout(object value) =>
        int.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out int seconds) && seconds >= 0
            ? seconds
            : throw new ArgumentException($"\"{DefaultTimeoutKey}\" must be a whole number of seconds from 0, not \"{value}\".", nameof(value));

    private static bool ToSwitch(string key, object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!.ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" => false,
        _ => throw new ArgumentException($"\"{key}\" must be True or False, not \"{value}\".", nameof(value)),
    };
}
