namespace Isar.Storage.Sqlite;

/// <summary>Makes adapters known to an SQLite engine and moves its calls to them.</summary>
internal interface IVfsBinding
{
    /// <summary>Gets whether SQLite may wait on its thread for a lock. In a browser it must not: nobody else could let go of it.</summary>
    bool CanWait { get; }

    /// <summary>Registers an adapter under its name.</summary>
    /// <returns>Takes it out again. Connections that are open then keep working until the adapter is closed.</returns>
    IDisposable Register(SqliteVfs vfs, bool asDefault);
}
