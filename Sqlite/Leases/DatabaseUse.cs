namespace Isar.Storage.Sqlite;

/// <summary>The leases that are in use until this is disposed.</summary>
internal sealed class DatabaseUse : IDisposable
{
    private readonly List<DatabaseLease> _leases = [];

    public void Add(DatabaseLease lease) => _leases.Add(lease);

    /// <summary>Takes over the leases of another use.</summary>
    public void Add(DatabaseUse other)
    {
        _leases.AddRange(other._leases);
        other._leases.Clear();
    }

    public void Dispose()
    {
        foreach (DatabaseLease lease in _leases)
            lease.EndUse();
        _leases.Clear();
    }
}
