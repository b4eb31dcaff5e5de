using System.Collections.Concurrent;

namespace Isar.Storage.Sqlite;

/// <summary>The leases of one backend by database.</summary>
internal sealed class LeaseTable : IDisposable
{
    private readonly ConcurrentDictionary<StoragePath, DatabaseLease> _leases = [];
    private readonly LeaseContext _context;

    public LeaseTable(LeaseContext context)
    {
        _context = context;
        context.Files.Closed += path => Find(path)?.Close();
    }

    public DatabaseLease this[StoragePath database] =>
        _leases.GetOrAdd(database, static (path, context) => new DatabaseLease(path, context), _context);

    /// <summary>Gets the lease of a database that was asked for before.</summary>
    public DatabaseLease? Find(StoragePath database) => _leases.GetValueOrDefault(database);

    /// <summary>Gives up every lease as soon as no connection here is in a transaction, without waiting for a pause.</summary>
    public void Yield()
    {
        foreach (DatabaseLease lease in _leases.Values)
            lease.YieldAtOnce();
    }

    /// <summary>Gives up all locks; for the end of the storage, when the files are closed.</summary>
    public void Dispose()
    {
        foreach (DatabaseLease lease in _leases.Values)
            lease.Dispose();
    }
}
