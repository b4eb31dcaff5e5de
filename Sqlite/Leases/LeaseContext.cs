using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>What all leases of one backend have in common.</summary>
/// <param name="Name">What the names of their locks begin with: the backend's name and directory.</param>
/// <param name="Backend">The backend.</param>
/// <param name="Suspendable">The same.</param>
/// <param name="IsOpen">Tells whether somebody here has a database open.</param>
/// <param name="Locks">The platform's locks.</param>
/// <param name="Policy">How leases are kept.</param>
/// <param name="TimeProvider">For the tenure.</param>
/// <param name="Logger">Hears of files that could not be given up properly.</param>
internal sealed record LeaseContext(
    string Name,
    IStorageBackend Backend,
    ISuspendable Suspendable,
    Func<StoragePath, bool> IsOpen,
    IStorageLocks Locks,
    LeasePolicy Policy,
    TimeProvider TimeProvider,
    ILogger Logger);
