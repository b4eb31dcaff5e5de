namespace Isar.Storage.Sqlite;

/// <summary>
/// What the adapter notes during one call into SQLite, by thread: SQLite passes no context down and only a number up.
/// </summary>
internal sealed class VfsCall
{
    [ThreadStatic]
    private static VfsCall? _current;

    public static VfsCall Current => _current ??= new VfsCall();

    /// <summary>Gets or sets the failure of the last operation that failed.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Gets or sets the last lease that refused a lock because it is not here.</summary>
    public DatabaseLease? RefusedBy { get; set; }

    /// <summary>Gets the leases of the databases that SQLite has opened.</summary>
    public List<DatabaseLease> Opened { get; } = [];

    /// <summary>Gets the leases of the databases that SQLite has closed.</summary>
    public List<DatabaseLease> Closed { get; } = [];

    /// <summary>Gets or sets the database beside which SQLite found a write-ahead log last.</summary>
    public StoragePath? FoundLog { get; set; }

    /// <summary>Gets or sets whether databases are marked as ones with a rollback journal, whatever SQLite writes: a copy is made.</summary>
    public bool MarksRollback { get; set; }

    /// <summary>Gets the database that this thread may open although it is kept closed for others.</summary>
    public StoragePath? Admitted { get; private set; }

    /// <summary>Begins a call, and forgets what the one before it met.</summary>
    public static VfsCall Begin()
    {
        VfsCall call = Current;
        call.Failure = null;
        call.RefusedBy = null;
        call.Opened.Clear();
        call.Closed.Clear();
        return call;
    }

    /// <summary>Notes that SQLite has opened a database.</summary>
    public void NoteOpened(DatabaseLease lease)
    {
        Closed.Remove(lease);
        Opened.Add(lease);
    }

    /// <summary>Notes that SQLite has closed a database.</summary>
    public void NoteClosed(DatabaseLease lease)
    {
        Opened.Remove(lease);
        Closed.Add(lease);
    }

    /// <summary>Lets this thread open a database that is kept closed, until the result is disposed. For the caller that keeps it closed.</summary>
    public static Admission Admit(StoragePath path)
    {
        Current.Admitted = path;
        return default;
    }

    /// <summary>Ends what <see cref="Admit"/> began, on the same thread.</summary>
    public readonly ref struct Admission : IDisposable
    {
        public void Dispose() => Current.Admitted = null;
    }
}
