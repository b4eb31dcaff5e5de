namespace Isar.Storage;

/// <summary>How a parameter's value is stored, where its .NET type leaves a choice.</summary>
public enum IsarType
{
    /// <summary>A whole number; a <see cref="char"/> becomes its code.</summary>
    Integer = 1,

    /// <summary>A real number; dates and times become Julian days, a <see cref="TimeSpan"/> becomes days.</summary>
    Real = 2,

    /// <summary>A text.</summary>
    Text = 3,

    /// <summary>Bytes; a <see cref="Guid"/> becomes its 16 bytes.</summary>
    Blob = 4,
}
