namespace Isar.Storage.Sqlite;

/// <summary>How the leases of one service provider are kept.</summary>
internal sealed class LeasePolicy
{
    private volatile bool _keepsIdle = true;

    /// <summary>
    /// Gets or sets whether a lease stays here when nobody uses it. Not where this process may be stopped at any moment: somebody else would
    /// ask for it in vain.
    /// </summary>
    public bool KeepsIdle
    {
        get => _keepsIdle;
        set => _keepsIdle = value;
    }
}
