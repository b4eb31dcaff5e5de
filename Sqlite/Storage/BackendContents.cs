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
        new(backend, await backend.Backend.ListAsync(cancellationToken).ConfigureAwait(false));

    public bool HasFile(StoragePath path) => _files.ContainsKey(path);

    public bool IsMarkedAway(StoragePath database) => HasFile(AwayMark.PathOf(database));

    /// <summary>
    /// Tells whether the backend has a file that may be the database: one under its name, without the mark that it is not (<see cref="AwayMark"/>).
    /// </summary>
    public bool HasDatabase(StoragePath database) => HasFile(database) && !IsMarkedAway(database);
}
