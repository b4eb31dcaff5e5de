using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>Lists and reports what one storage has, in which backend, and why there.</summary>
internal sealed class StorageOverview(BackendChoice choice, IStorageHomes? homes, QuotaWatch? quota, ILogger logger)
{
    public async ValueTask<IReadOnlyList<DatabaseEntry>> ListAsync(CancellationToken cancellationToken) => await ListAsync(
        await choice.ListAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <summary>Tells whether the list has a database, without making it.</summary>
    public async ValueTask<bool> ExistsAsync(StoragePath database, CancellationToken cancellationToken)
    {
        StorageHome? record = await ReadAsync(
            homes => homes.GetAsync(database, cancellationToken), none: null).ConfigureAwait(false);
        IReadOnlyList<FoundCopy> all = await choice.FindAsync(database, cancellationToken).ConfigureAwait(false);
        return record is null
            ? all.Any(copy => copy.IsDatabase)
            : all.FirstOrDefault(copy => copy.Backend.Name == record.Backend)?.Exists ?? true;
    }

    public async ValueTask<StorageReport> ReportAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<BackendContents> all = await choice.ListAsync(cancellationToken).ConfigureAwait(false);
        ReadyBackend chosen = all[0].Backend;
        return new StorageReport
        {
            Backend = chosen.Name,
            Reason = choice.ReasonOf(chosen),
            Location = chosen.Backend.Location,
            Durability = chosen.Backend.Capabilities.Durability,
            Sharing = chosen.Backend.Capabilities.Sharing,
            Persistent = chosen.Backend.Capabilities.Persistent,
            UsedBytes = all.Sum(contents => contents.UsedBytes),
            TemporaryBytes = all.Sum(contents => contents.Backend.Vfs.TemporaryBytes),
            Rejected = choice.Rejected,
            Databases = await ListAsync(all, cancellationToken).ConfigureAwait(false),
            Quota = quota is null ? null : await quota.EstimateAsync(cancellationToken).ConfigureAwait(false),
        };
    }

    private async ValueTask<IReadOnlyList<DatabaseEntry>> ListAsync(IReadOnlyList<BackendContents> all, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<StoragePath, StorageHome> records = await ReadAsync(
            homes => homes.ListAsync(cancellationToken), none: new Dictionary<StoragePath, StorageHome>()).ConfigureAwait(false);
        IEnumerable<DatabaseEntry> here = all.SelectMany(contents => contents.Databases.Where(entry =>
            records.TryGetValue(entry.Path, out StorageHome? home) ? home.Backend == entry.Backend : !contents.IsMarkedAway(entry.Path)));
        IEnumerable<DatabaseEntry> elsewhere = records
            .Where(record => all.All(contents => contents.Backend.Name != record.Value.Backend))
            .Select(record => new DatabaseEntry(record.Key, record.Value.Backend, Length: null));
        return [.. here.Concat(elsewhere).OrderBy(entry => entry.Path.Value, StringComparer.Ordinal)];
    }

    /// <summary>Reads the record of homes, as far as there is one and it can be read.</summary>
    private async ValueTask<T> ReadAsync<T>(Func<IStorageHomes, ValueTask<T>> read, T none)
    {
        if (homes is null)
            return none;
        try
        {
            return await read(homes).ConfigureAwait(false);
        }
        catch (StorageException e) when (e.Kind == StorageErrorKind.Unavailable)
        {
            logger.ListedWithoutRecord(e);
            return none;
        }
    }
}
