namespace Isar.Storage.Sqlite;

/// <summary>What one backend held when it was listed.</summary>
internal sealed class BackendContents
{
    private readonly Dictionary<StoragePath, long> _files;

    private BackendContents(ReadyBackend backend, IReadOnlyList<StorageEntry> files)
    {
        Backend = backend;
        _files = files.ToDictionary(file => file.Path, file => file.Length);
    }

    public ReadyBackend Backend { get; }

    public long UsedBytes => _files.Values.Sum();

    /// <summary>Gets the databases, and also the copies that are marked as not being the database.</summary>
    public IEnumerable<DatabaseEntry> Databases => _files
        .Where(file => DatabaseName.IsDatabase(file.Key))
        .Select(file => new DatabaseEntry(file.Key, Backend.Name, file.Value));

    public static async ValueTask<BackendContents> ListAsync(ReadyBackend backend, CancellationToken cancellationToken) =>
        new(backend, await backend.Backend.ListAsync(at: null, cancellationToken).ConfigureAwait(false));

    public bool IsMarkedAway(StoragePath database) => _files.ContainsKey(AwayMark.PathOf(database));
}
