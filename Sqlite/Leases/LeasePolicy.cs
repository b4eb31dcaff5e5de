namespace Isar.Storage.Sqlite;

/// <summary>How the leases of one service provider are kept.</summary>
internal sealed class LeasePolicy
{
    private volatile bool _keepsIdle = true;

    /// <summary>
    /// Gets or sets whether a lease stays here while it is not used. Not where this process may be stopped at any moment: another tab would
    /// ask for the lease in vain.
    /// </summary>
    public bool KeepsIdle
    {
        get => _keepsIdle;
        set => _keepsIdle = value;
    }
}
