using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>Opens the IndexedDB database that belongs to a directory, and takes the locks of what is in it.</summary>
internal static class IndexedDbStore
{
    private static readonly TimeSpan _minPatience = TimeSpan.FromSeconds(1);

    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/>: the directory breaks the rules for paths.</exception>
    public static string NameOf(string directory) => $"isar-storage/{StoragePath.Parse(directory)}";

    /// <summary>Opens it; creates it if it is missing.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="durability">What its transactions survive.</param>
    /// <param name="patience">How long to wait for other tabs that are in the way.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The number that the scripts know it by.</returns>
    public static async Task<int> OpenAsync(string name, IndexedDbDurability durability, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await JSHost.ImportAsync(IndexedDbInterop.Module, "../indexeddb.js", cancellationToken).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw new StorageException(StorageErrorKind.Unavailable,
                $"The script indexeddb.js, which belongs beside the worker's, could not be loaded: {e.Message}", e);
        }
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

    /// <summary>Takes the lock of a database.</summary>
    /// <returns>The number to unlock it with.</returns>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Busy"/> while another tab or worker has it.</exception>
    public static async Task<int> LockAsync(string name, StoragePath database)
    {
        int result;
        try
        {
            result = await IndexedDbInterop.LockAsync($"{name}//{database}").ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw new StorageException(StorageErrorKind.Unavailable,
                $"Web Locks cannot be used here: they need a secure context. The browser says: {e.Message}", e);
        }
        return result != 0
            ? result
            : throw new StorageException(StorageErrorKind.Busy, $"\"{database}\" is open in another tab or in a page that is just being closed.");
    }
}
