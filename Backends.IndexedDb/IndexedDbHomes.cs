using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Backends.IndexedDb;

/// <summary>The record of where databases live, in the IndexedDB database of their directory.</summary>
internal sealed class IndexedDbHomes(string directory, TimeSpan patience) : IStorageHomes, IDisposable
{
    private Task<int>? _opening;

    public void Begin() => _ = OpenAsync();

    public async ValueTask<StorageHome?> GetAsync(StoragePath database, CancellationToken cancellationToken) =>
        ToHome(await UseAsync(store => IndexedDbInterop.GetHomeAsync(store, database.Value), cancellationToken).ConfigureAwait(false));

    public async ValueTask<IReadOnlyDictionary<StoragePath, StorageHome>> ListAsync(CancellationToken cancellationToken)
    {
        string list = await UseAsync(IndexedDbInterop.ListHomesAsync, cancellationToken).ConfigureAwait(false);
        var result = new Dictionary<StoragePath, StorageHome>();
        foreach (string line in list.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            result.Add(StoragePath.Parse(line[(space + 1)..]), ToHome(line[..space])!);
        }
        return result;
    }

    public async ValueTask<bool> TryReplaceAsync(
        StoragePath database, StorageHome? expected, StorageHome? home, CancellationToken cancellationToken)
    {
        // Not cancelled once it has begun: the caller must know whether the record was replaced.
        cancellationToken.ThrowIfCancellationRequested();
        return await UseAsync(
            store => IndexedDbInterop.ReplaceHomeAsync(store, database.Value, ToText(expected), ToText(home)), CancellationToken.None)
            .ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (_opening is { IsCompletedSuccessfully: true })
            IndexedDbInterop.Close(_opening.Result);
        _opening = null;
    }

    private static string? ToText(StorageHome? home) => home is null ? null : $"{home.Backend}/{home.MovingTo}/{home.LeftIn}";

    private static StorageHome? ToHome(string? text)
    {
        if (text is null)
            return null;
        string[] parts = text.Split('/');
        return new StorageHome(parts[0], NullIfEmpty(parts[1]), NullIfEmpty(parts[2]));
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private Task<int> OpenAsync()
    {
        if (_opening is null or { IsFaulted: true } or { IsCanceled: true })
            _opening = IndexedDbStore.OpenAsync(IndexedDbStore.NameOf(directory), IndexedDbDurability.Strict, patience, CancellationToken.None);
        return _opening;
    }

    private async Task<T> UseAsync<T>(Func<int, Task<T>> action, CancellationToken cancellationToken)
    {
        int store = await OpenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await action(store).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (JSException e)
        {
            throw new StorageException(StorageErrorKind.Unavailable,
                $"The record of where databases live, in IndexedDB, cannot be used: {IndexedDbErrors.Of(e, "the record").Message}", e);
        }
    }
}
