using System.Text.Json.Serialization.Metadata;

namespace Isar.Storage;

/// <summary>
/// The databases of a page, which its worker keeps; <c>AddIsarStorageClient</c> registers it. The first call starts the worker. When the
/// worker dies, every call under way fails, and the next call starts another one. For the page's one thread, on which an awaited call also
/// continues.
/// </summary>
/// <remarks>
/// Every method throws <see cref="IsarException"/>: of kind <see cref="IsarErrorKind.Worker"/> when the worker cannot be loaded or
/// started, has not started after <see cref="IsarStorageClientOptions.StartTimeout"/>, or died during the call,
/// <see cref="IsarErrorKind.Version"/> when page and worker come from different versions; outside a browser
/// <see cref="PlatformNotSupportedException"/>.
/// </remarks>
public interface IIsarStorageClient
{
    /// <summary>
    /// Raised when the used part of the quota reaches <see cref="IsarStorageClientOptions.QuotaWarningRatio"/>, and again only after it fell
    /// below. Checked when databases are opened and after commits, at most every ten seconds.
    /// </summary>
    event EventHandler<StorageQuota>? QuotaNearlyUsed;

    /// <summary>
    /// Raised when a commit could not be stored, and was undone, while no call waited for it: one that a handler of your own made after it had
    /// answered. The message names the database. Every other commit that is undone fails its own call.
    /// </summary>
    event EventHandler<IsarException>? CommitUndone;

    /// <summary>
    /// Raised with the reason when another worker runs because the one before died. Databases are open again as their connection strings say;
    /// temporary tables, attached databases and other settings of their connections are gone.
    /// </summary>
    event EventHandler<IsarException>? WorkerRestarted;

    /// <summary>Starts the worker and completes when it is ready. Not needed before other calls. After a start that failed it tries again.</summary>
    ValueTask StartAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens a database and creates it if it does not exist. Each call opens another connection; calls of one connection wait for the
    /// transactions of the others.
    /// </summary>
    /// <param name="database">The database's name, such as <c>notes.db</c>; the rules are those of <see cref="StoragePath"/>.</param>
    /// <param name="progress">Told the progress, where opening takes long.</param>
    /// <param name="cancellationToken">Ends the wait for files that another tab holds.</param>
    /// <returns>An open connection, which the caller disposes.</returns>
    /// <exception cref="IsarException">
    /// <see cref="IsarErrorKind.Unavailable"/> when the database exists in a backend that is not available now. No empty database is made
    /// elsewhere.
    /// </exception>
    ValueTask<IsarConnection> OpenAsync(
        string database, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Makes a connection to a database that is not opened yet, for libraries that open it themselves.</summary>
    /// <param name="database">The database's name.</param>
    IsarConnection CreateConnection(string database);

    /// <summary>Tells whether a database exists, also one whose backend is not available now.</summary>
    ValueTask<bool> ExistsAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>Deletes a database with its journals.</summary>
    /// <returns><see langword="false"/> when it did not exist.</returns>
    /// <exception cref="IsarException"><see cref="IsarErrorKind.Busy"/> while it is open.</exception>
    ValueTask<bool> DeleteAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>Lists the databases, also those whose backend is not available now, in ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<DatabaseEntry>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a database to another backend: copies it, checks the copy, and then deletes the old one. When this is broken off, even by the end
    /// of the page, one of the two is complete and in use.
    /// </summary>
    /// <param name="database">The database's name.</param>
    /// <param name="backend">The name of the backend to move it to; nothing is done when it lives there.</param>
    /// <param name="progress">Told the progress.</param>
    /// <param name="cancellationToken">Ends it; honoured until the copy is recorded as the database.</param>
    /// <exception cref="IsarException">
    /// <see cref="IsarErrorKind.NotFound"/>: the database does not exist. <see cref="IsarErrorKind.Busy"/>: it is open.
    /// <see cref="IsarErrorKind.Unavailable"/>: a backend cannot be used here. <see cref="IsarErrorKind.Corrupt"/>: the database does not
    /// pass SQLite's integrity check. <see cref="IsarErrorKind.Full"/>: there is no space for the copy. The database stays where it was.
    /// </exception>
    ValueTask MigrateAsync(
        string database, string backend, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes a database, as it is at one moment, to a stream as one ordinary database file. A copy is made in the storage first; only while it
    /// is made, other connections cannot write to the database. The copy takes space until this ends.
    /// </summary>
    /// <param name="database">The database's name.</param>
    /// <param name="target">Where the bytes go. It must take each part within five minutes, and is neither flushed nor closed.</param>
    /// <param name="progress">Told of copying (<see cref="StorageStage.Copying"/>) and sending (<see cref="StorageStage.Exporting"/>).</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IsarException">
    /// <see cref="IsarErrorKind.NotFound"/>: the database does not exist. <see cref="IsarErrorKind.Busy"/>: others were in the way for too long.
    /// <see cref="IsarErrorKind.Full"/>: there is no space for the copy.
    /// </exception>
    ValueTask ExportAsync(
        string database, Stream target, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the content of a database by that of a file, and creates the database if it does not exist. The whole file is received and
    /// checked (header, length, SQLite's integrity check); then one transaction replaces the content. When this is broken off, even by the end of
    /// the page, the database has either its old content or that of the file. Open connections, here and in other tabs, see the new content.
    /// </summary>
    /// <param name="database">The database's name; it is created if it does not exist.</param>
    /// <param name="source">The file, read to its end. Each part must come within five minutes.</param>
    /// <param name="progress">
    /// Told the progress of receiving (<see cref="StorageStage.Importing"/>), checking (<see cref="StorageStage.Verifying"/>) and replacing
    /// (<see cref="StorageStage.Replacing"/>).
    /// </param>
    /// <param name="checkIntegrity">
    /// <see langword="false"/> leaves SQLite's check out, and imports also what it cannot check, such as a schema whose functions the worker does
    /// not register. A damaged file then becomes a damaged database.
    /// </param>
    /// <param name="cancellationToken">Ends it; honoured until the last page is replaced.</param>
    /// <exception cref="IsarException">
    /// <see cref="IsarErrorKind.Corrupt"/>: the file is not a valid database; the message says why. <see cref="IsarErrorKind.Unavailable"/>: its
    /// schema uses a function, collation, module or text encoding that SQLite does not have here; the message names it.
    /// <see cref="IsarErrorKind.Busy"/>: others were in the way for too long. <see cref="IsarErrorKind.Full"/>: there is no space. The database
    /// keeps its old content.
    /// </exception>
    ValueTask ImportAsync(
        string database,
        Stream source,
        IProgress<StorageProgress>? progress = null,
        bool checkIntegrity = true,
        CancellationToken cancellationToken = default);

    /// <summary>Copies a database, as it is at one moment, to another name. If that exists, one transaction replaces its content.</summary>
    /// <param name="database">The database's name.</param>
    /// <param name="target">The other name.</param>
    /// <param name="progress">Told the progress (<see cref="StorageStage.Replacing"/>).</param>
    /// <param name="cancellationToken">Ends it; honoured until the last page is copied.</param>
    /// <exception cref="IsarException">
    /// <see cref="IsarErrorKind.NotFound"/>: the database does not exist. <see cref="IsarErrorKind.PathInvalid"/>: both names are the same.
    /// <see cref="IsarErrorKind.Busy"/>: others were in the way for too long. <see cref="IsarErrorKind.Full"/>: there is no space. The other
    /// database keeps its old content.
    /// </exception>
    ValueTask BackupAsync(
        string database, string target, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Reports what storage this page got, why, and what it guarantees.</summary>
    ValueTask<StorageReport> GetReportAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks the browser to keep the origin's data when space runs out, until the user clears it
    /// (<see href="https://storage.spec.whatwg.org/#dom-storagemanager-persist">StorageManager.persist</see>). Browsers decide by
    /// themselves; Firefox asks the user, so call it when the user has something to lose.
    /// </summary>
    /// <returns>Whether the data is kept now; <see langword="false"/> where the browser does not offer it.</returns>
    ValueTask<bool> PersistAsync(CancellationToken cancellationToken = default);

    /// <summary>Calls a handler that your own worker added with <c>AddWorkerHandler</c>. What it committed is stored when this completes.</summary>
    /// <typeparam name="TArgument">The type of the handler's argument.</typeparam>
    /// <typeparam name="TResult">The type of its result.</typeparam>
    /// <param name="name">The handler's name.</param>
    /// <param name="argument">Its argument.</param>
    /// <param name="argumentType">How the argument becomes JSON: from a <see cref="System.Text.Json.Serialization.JsonSerializerContext"/>.</param>
    /// <param name="resultType">How the result is read.</param>
    /// <param name="cancellationToken">Cancels the handler's token. A handler that completes all the same is not affected.</param>
    /// <exception cref="IsarException">
    /// <see cref="IsarErrorKind.Usage"/>: there is no such handler, or argument or result do not fit it.
    /// <see cref="IsarErrorKind.Handler"/>: it threw an exception of its own; those of the storage and of SQLite keep their kinds.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, and the handler ended because of it.</exception>
    ValueTask<TResult?> CallAsync<TArgument, TResult>(
        string name,
        TArgument argument,
        JsonTypeInfo<TArgument> argumentType,
        JsonTypeInfo<TResult> resultType,
        CancellationToken cancellationToken = default);

    /// <summary>Calls a handler that takes no argument.</summary>
    /// <inheritdoc cref="CallAsync{TArgument, TResult}"/>
    ValueTask<TResult?> CallAsync<TResult>(string name, JsonTypeInfo<TResult> resultType, CancellationToken cancellationToken = default);
}
