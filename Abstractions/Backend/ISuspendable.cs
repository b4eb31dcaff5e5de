namespace Isar.Storage;

/// <summary>
/// A backend whose files only one tab or process can have at a time, but which can give them up while they are open. With the platform's
/// <see cref="IStorageLocks"/>, a database is handed over between transactions.
/// </summary>
public interface ISuspendable
{
    /// <summary>
    /// Stores what was committed and gives up an acquired database's files. Open files stay open and are not used until
    /// <see cref="IStorageBackend.AcquireAsync"/> makes them usable again. Others may have changed everything by then: nothing that was
    /// kept is trusted unless what is stored proves it. Called while no open file of the database holds a lock; suspending what is not acquired does nothing.
    /// </summary>
    /// <remarks>The files are given up also when this fails.</remarks>
    ValueTask SuspendAsync(StoragePath database);
}
