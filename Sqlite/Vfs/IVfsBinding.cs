namespace Isar.Storage.Sqlite;

/// <summary>Makes adapters known to an SQLite engine and moves its calls to them.</summary>
internal interface IVfsBinding
{
    /// <summary>Gets whether SQLite may wait on its thread for a lock. In a browser it must not: the lock is released on the same thread.</summary>
    bool CanWait { get; }

    /// <summary>Registers an adapter under its name.</summary>
    IVfsRegistration Register(SqliteVfs vfs);
}

/// <summary>
/// An adapter that an engine knows. Disposing takes it out again; connections that are open then keep working until the adapter is closed.
/// </summary>
internal interface IVfsRegistration : IDisposable
{
    /// <summary>Makes it SQLite's default, used where no VFS is named.</summary>
    void MakeDefault();
}
