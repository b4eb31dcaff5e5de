using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>Opens the IndexedDB database that belongs to a directory.</summary>
internal static class IndexedDbStore
{
    private static readonly TimeSpan _minPatience = TimeSpan.FromSeconds(1);

    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/>: the directory breaks the rules for paths.</exception>
    public static string NameOf(string directory) => $"isar-storage/{StoragePath.Parse(directory)}";

    /// <summary>Opens an IndexedDB database; creates it if it is missing.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="durability">What its transactions survive.</param>
    /// <param name="patience">How long to wait for other tabs that are in the way.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The scripts' number of the database.</returns>
    public static async Task<int> OpenAsync(string name, IndexedDbDurability durability, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            double milliseconds = Math.Max(patience.TotalMilliseconds, _minPatience.TotalMilliseconds);
            string hint = durability == IndexedDbDurability.Strict ? "strict" : "relaxed";
            return await IndexedDbInterop.OpenAsync(name, hint, milliseconds).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw IndexedDbErrors.Unavailable(e);
        }
    }
}
