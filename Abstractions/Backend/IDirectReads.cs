namespace Isar.Storage;

/// <summary>
/// A file in a browser whose stored bytes the script of its backend can read, so that a read need not pass through .NET. The script exports
/// <c>readStored(file, destination, offset)</c>, which fills a <c>Uint8Array</c> and returns how many bytes it read.
/// </summary>
public interface IDirectReads
{
    /// <summary>Gets the name under which the backend imports its script.</summary>
    string Script { get; }

    /// <summary>
    /// Gets the number by which the script knows the file, as long as what is stored is all that was written; else <see langword="null"/>. The number
    /// is used until the file is written or cut, or its lock ends.
    /// </summary>
    int? StoredFile { get; }
}
