using System.Runtime.InteropServices.JavaScript;
using Isar.Storage.Sqlite;

namespace Isar.Storage.Browser;

/// <summary>
/// What <c>session.ts</c> asks for while it runs statements: to enter, to wait, to have a commit stored, to leave. It asks for none of this while
/// what it has entered is lent to it.
/// </summary>
internal static partial class StatementExports
{
    /// <summary>Begins to use the leases of a database, if that needs no wait.</summary>
    /// <returns>An <see cref="Entry"/>.</returns>
    [JSExport]
    internal static int TryEnter(int database) => (int)WorkerHost.Server.TryEnter(database);

    /// <summary>Ends what <see cref="TryEnter"/> began.</summary>
    [JSExport]
    internal static void Leave(int database) => WorkerHost.Server.Leave(database);

    /// <summary>Waits for the leases, and has the request attempted until the database is not locked; then has its commit stored.</summary>
    [JSExport]
    internal static void Wait(int id, int database) => WorkerHost.Server.Wait(id, database);

    /// <summary>Has a commit stored.</summary>
    /// <returns>Whether it is stored now; else <see cref="HostInterop.Settled"/> or <see cref="HostInterop.Fail"/> follows.</returns>
    [JSExport]
    internal static bool Flush(int id, int database) => WorkerHost.Server.Flush(id, database, []);

    /// <summary>Has a commit stored, to a database and to those that are or were attached to it.</summary>
    /// <inheritdoc cref="Flush"/>
    [JSExport]
    internal static bool FlushAttached(int id, int database, string[] attached) => WorkerHost.Server.Flush(id, database, attached);

    /// <summary>Forgets what the adapter has noted so far.</summary>
    [JSExport]
    internal static void BeginCall() => VfsCall.Begin();

    /// <summary>Takes note of what a statement has attached and detached, and of the lease that it was refused for.</summary>
    /// <param name="database">The number of its connection.</param>
    /// <param name="isCommitted">Whether it holds a commit.</param>
    /// <returns>Whether it was refused for a lease.</returns>
    [JSExport]
    internal static bool NoteNeeds(int database, bool isCommitted) => WorkerHost.Server.NoteNeeds(database, isCommitted);

    /// <summary>Gets the storage's own message of the last failure, of which SQLite passes on only a code.</summary>
    [JSExport]
    internal static string? GetFailure() => VfsCall.Current.Failure?.Message;
}
