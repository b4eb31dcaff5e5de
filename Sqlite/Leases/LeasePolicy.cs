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

    /// <summary>
    /// Gets or sets what takes back what a host was lent for the time of a tenure: in that very call it ends the locks that SQLite has ended, and
    /// the uses that no request is in. What is still in use it ends like any other. <see langword="null"/> where nothing is lent.
    /// </summary>
    public Action? Recall { get; set; }
}
