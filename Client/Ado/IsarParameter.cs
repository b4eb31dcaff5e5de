using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Isar.Storage;

/// <summary>A value of an <see cref="IsarCommand"/>, for a parameter by its name, or by its position when it has none.</summary>
public sealed class IsarParameter : DbParameter
{
    private string _name = "";
    private int _size = -1;

    /// <summary>Makes a parameter without a name or a value.</summary>
    public IsarParameter()
    {
    }

    /// <summary>Makes a parameter.</summary>
    /// <param name="name">Its name, as for <see cref="ParameterName"/>.</param>
    /// <param name="value">Its value, as for <see cref="Value"/>.</param>
    public IsarParameter(string? name, object? value)
    {
        ParameterName = name;
        Value = value;
    }

    /// <summary>Gets or sets the type, which nothing uses: the value and <see cref="IsarType"/> say how it is stored.</summary>
    public override DbType DbType { get; set; } = DbType.String;

    /// <summary>Gets or sets how the value is stored where its .NET type leaves a choice.</summary>
    /// <value>The default value is <see langword="null"/>: as text, except for numbers and bytes.</value>
    public IsarType? IsarType { get; set; }

    /// <summary>Gets or sets the direction, which can only be <see cref="ParameterDirection.Input"/>.</summary>
    /// <exception cref="ArgumentException">Another direction: SQLite has no output parameters.</exception>
    public override ParameterDirection Direction
    {
        get => ParameterDirection.Input;
        set
        {
            if (value != ParameterDirection.Input)
                throw new ArgumentException($"SQLite has only input parameters, not {value}; select what a statement is to return.", nameof(value));
        }
    }

    /// <inheritdoc/>
    public override bool IsNullable { get; set; }

    /// <summary>
    /// Gets or sets the name, with or without the prefix <c>@</c>, <c>:</c> or <c>$</c>; upper and lower case differ. Empty for a parameter
    /// by position.
    /// </summary>
    [AllowNull]
    public override string ParameterName
    {
        get => _name;
        set => _name = value ?? "";
    }

    /// <summary>Gets or sets how many characters of a text or bytes of a blob are used at most.</summary>
    /// <value>From 0, or -1 for all of it. The default value is -1.</value>
    public override int Size
    {
        get => _size;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -1);
            _size = value;
        }
    }

    /// <inheritdoc/>
    [AllowNull]
    public override string SourceColumn { get; set; } = "";

    /// <inheritdoc/>
    public override bool SourceColumnNullMapping { get; set; }

    /// <summary>
    /// Gets or sets the value: <see cref="DBNull"/>, a number, <see cref="bool"/>, <see cref="char"/>, <see cref="string"/>,
    /// <see cref="byte"/> array, <see cref="decimal"/>, <see cref="Guid"/>, <see cref="DateTime"/>, <see cref="DateTimeOffset"/>,
    /// <see cref="DateOnly"/>, <see cref="TimeOnly"/>, <see cref="TimeSpan"/> or an enum. <see langword="null"/> means that it was not set.
    /// </summary>
    public override object? Value { get; set; }

    /// <summary>Gets the name without its prefix.</summary>
    internal string BareName => _name is ['@' or ':' or '$' or '?', ..] ? _name[1..] : _name;

    /// <summary>Forgets <see cref="IsarType"/> and <see cref="DbType"/>.</summary>
    public override void ResetDbType()
    {
        IsarType = null;
        DbType = DbType.String;
    }
}
