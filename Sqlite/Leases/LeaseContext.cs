using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>What all leases of one backend have in common.</summary>
/// <param name="Name">The beginning of their locks' names: the backend's name and directory.</param>
/// <param name="Leased">The backend.</param>
/// <param name="Files">The files that are open here.</param>
/// <param name="Locks">The platform's locks.</param>
/// <param name="Policy">How leases are kept.</param>
/// <param name="TimeProvider">For the tenure.</param>
/// <param name="Logger">Logs files that could not be given up properly.</param>
internal sealed record LeaseContext(
    string Name,
    ILeasedFiles Leased,
    OpenFiles Files,
    IStorageLocks Locks,
    LeasePolicy Policy,
    TimeProvider TimeProvider,
    ILogger Logger);
