using System.Collections;
using System.Data.Common;

namespace Isar.Storage;

/// <summary>The parameters of an <see cref="IsarCommand"/>: all of them by name, or all by position in their order here.</summary>
public sealed class IsarParameterCollection : DbParameterCollection
{
    private readonly List<IsarParameter> _parameters = [];

    internal IsarParameterCollection()
    {
    }

    /// <inheritdoc/>
    public override int Count => _parameters.Count;

    /// <inheritdoc/>
    public override object SyncRoot => ((ICollection)_parameters).SyncRoot;

    /// <summary>Gets or sets a parameter by its index.</summary>
    public new IsarParameter this[int index]
    {
        get => _parameters[index];
        set => _parameters[index] = value;
    }

    /// <summary>Gets or sets a parameter by its name as it was given, with its prefix.</summary>
    public new IsarParameter this[string parameterName]
    {
        get => _parameters[Find(parameterName)];
        set => _parameters[Find(parameterName)] = value;
    }

    /// <summary>Adds a parameter.</summary>
    /// <param name="name">Its name, as for <see cref="IsarParameter.ParameterName"/>.</param>
    /// <param name="value">Its value; <see langword="null"/> becomes <see cref="DBNull"/>.</param>
    public IsarParameter AddWithValue(string? name, object? value)
    {
        var parameter = new IsarParameter(name, value ?? DBNull.Value);
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Adds a parameter.</summary>
    public IsarParameter Add(IsarParameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        _parameters.Add(parameter);
        return parameter;
    }

    /// <inheritdoc/>
    public override int Add(object value)
    {
        _parameters.Add(Cast(value));
        return Count - 1;
    }

    /// <inheritdoc/>
    public override void AddRange(Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        _parameters.AddRange(values.Cast<object>().Select(Cast));
    }

    /// <inheritdoc/>
    public override void Clear() => _parameters.Clear();

    /// <inheritdoc/>
    public override bool Contains(object value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index) => ((ICollection)_parameters).CopyTo(array, index);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => _parameters.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(object value) => value is IsarParameter parameter ? _parameters.IndexOf(parameter) : -1;

    /// <inheritdoc/>
    public override int IndexOf(string parameterName) => _parameters.FindIndex(parameter => parameter.ParameterName == parameterName);

    /// <inheritdoc/>
    public override void Insert(int index, object value) => _parameters.Insert(index, Cast(value));

    /// <inheritdoc/>
    public override void Remove(object value) => _parameters.Remove(Cast(value));

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _parameters.RemoveAt(index);

    /// <inheritdoc/>
    public override void RemoveAt(string parameterName) => RemoveAt(Find(parameterName));

    /// <inheritdoc/>
    protected override DbParameter GetParameter(int index) => this[index];

    /// <inheritdoc/>
    protected override DbParameter GetParameter(string parameterName) => this[parameterName];

    /// <inheritdoc/>
    protected override void SetParameter(int index, DbParameter value) => this[index] = Cast(value);

    /// <inheritdoc/>
    protected override void SetParameter(string parameterName, DbParameter value) => this[parameterName] = Cast(value);

    private int Find(string name)
    {
        int index = IndexOf(name);
        return index >= 0 ? index : throw new ArgumentOutOfRangeException(nameof(name), name, "There is no parameter of this name.");
    }

    private static IsarParameter Cast(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value as IsarParameter
            ?? throw new InvalidCastException($"A command of Isar.Storage takes an {nameof(IsarParameter)}, not a {value.GetType().Name}.");
    }
}
