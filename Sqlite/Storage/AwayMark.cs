using System.Runtime.CompilerServices;

namespace Isar.Storage.Sqlite;

/// <summary>
/// A file of one byte in a backend, <c>.isar-away/&lt;name&gt;</c>, which says that what this backend has under that name is not the
/// database: an old copy that a migration left, or an incomplete one. It keeps such a copy from being opened while the record of homes
/// cannot be read.
/// </summary>
internal static class AwayMark
{
    private const string Directory = DatabaseName.ReservedPrefix + "away/";

    public static StoragePath PathOf(StoragePath database) => StoragePath.Parse(Directory + database.Value);

    public static async ValueTask SetAsync(ReadyBackend backend, StoragePath database, CancellationToken cancellationToken)
    {
        StoragePath mark = PathOf(database);
        ClosedDatabase closed = await CloseAsync(backend, mark, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = closed.ConfigureAwait(false);
        using (IStorageFile file = backend.Backend.Open(mark, StorageOpenMode.Create))
        {
            file.Write([1], 0);
            file.Flush();
        }
        await backend.Backend.FlushAsync(mark, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the mark, if there is one.</summary>
    public static async ValueTask ClearAsync(ReadyBackend backend, StoragePath database, CancellationToken cancellationToken)
    {
        StoragePath mark = PathOf(database);
        ClosedDatabase closed = await CloseAsync(backend, mark, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = closed.ConfigureAwait(false);
        await backend.DeleteAsync(mark).ConfigureAwait(false);
    }

    private static ValueTask<ClosedDatabase> CloseAsync(ReadyBackend backend, StoragePath mark, CancellationToken cancellationToken) =>
        ClosedDatabase.CloseAsync(backend, mark, "is being changed", progress: null, cancellationToken);
}
