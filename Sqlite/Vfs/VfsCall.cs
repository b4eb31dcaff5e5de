namespace Isar.Storage.Sqlite;

/// <summary>
/// What a call into SQLite meets in the adapter, on the thread that makes it: SQLite hands down no context and passes up only a number.
/// </summary>
internal sealed class VfsCall
{
    [ThreadStatic]
    private static VfsCall? _current;

    public static VfsCall Current => _current ??= new VfsCall();

    /// <summary>Gets or sets why the last operation that failed did.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Gets or sets the last lease that refused a lock because it is not here.</summary>
    public DatabaseLease? RefusedBy { get; set; }

    /// <summary>Gets or sets the last lease of which SQLite opened the database.</summary>
    public DatabaseLease? Opened { get; set; }

    /// <summary>Gets the database that may be opened although it is kept closed.</summary>
    public StoragePath? Admitted { get; private set; }

    /// <summary>Begins a call, and forgets what the one before it met.</summary>
    public static VfsCall Begin()
    {
        VfsCall call = Current;
        call.Failure = null;
        call.RefusedBy = call.Opened = null;
        return call;
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
