using Microsoft.Data.Sqlite;

namespace Isar.Storage;

/// <summary>
/// Databases by name, each in the one backend that it was made in. Resolve it from the services: without a key it chooses among the
/// candidates (<see cref="IsarStorageOptions.Candidates"/>), with a backend's name as key it uses only that one. Safe for any threads;
/// the connections it hands out are not.
/// </summary>
public interface IIsarStorage
{
    /// <summary>Opens a database and hands out an open connection, which the caller disposes. Creates the database if it does not exist.</summary>
    /// <remarks>
    /// A new database is made in the first candidate that is available. Where tabs take turns, the files stay acquired for ten
    /// seconds after the last connection was disposed, and after <see cref="PrepareAsync"/> until another tab wants them, the database is deleted
    /// or migrated, or the storage is disposed. There SQL on the connection
    /// meets <c>SQLITE_BUSY</c> while it is another tab's turn: use <see cref="ExecuteInTransactionAsync{T}"/>, or await
    /// <see cref="PrepareAsync"/> before it.
    /// </remarks>
    /// <param name="database">The database's name, such as <c>notes.db</c>; the rules are those of <see cref="StoragePath"/>.</param>
    /// <param name="progress">Receives the progress, where this takes long.</param>
    /// <param name="cancellationToken">Ends the wait for files that another tab or process holds.</param>
    /// <exception cref="StorageException">
    /// The database cannot be opened; <see cref="StorageException.Kind"/> says why:
    /// <see cref="StorageErrorKind.Corrupt"/> when the file is not an SQLite database, or two backends have one of this name and no record
    /// says which is in use; <see cref="StorageErrorKind.Busy"/> when another tab or process held it for longer than
    /// <see cref="IsarStorageOptions.OpenTimeout"/>; <see cref="StorageErrorKind.Unavailable"/> when the backend that it lives in is not
    /// available here or no candidate, or it cannot be told where it lives. No database is made elsewhere then.
    /// </exception>
    ValueTask<SqliteConnection> OpenAsync(
        string database, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs a transaction that writes, as a whole: opens the database, begins the transaction, runs the work, commits, and completes when
    /// the commit is stored. While other connections are in the way, all of it is repeated, until
    /// <see cref="IsarStorageOptions.TransactionTimeout"/> is over; waiting blocks no thread.
    /// </summary>
    /// <remarks>
    /// <para>The work may run several times, so outside the database it must change only what may be changed twice. Failures that are
    /// <see cref="StoragePipelines.IsRetryable"/> are tried again; any other exception rolls back and reaches the caller.</para>
    /// <para>The transaction is begun with <see href="https://sqlite.org/lang_transaction.html">BEGIN IMMEDIATE</see>, so it can rely on
    /// what it reads. Commands of the connection run inside it as they are; <see cref="SqliteCommand.Transaction"/> stays
    /// <see langword="null"/>. The work must not begin, commit or roll back a transaction, which includes
    /// <see cref="SqliteConnection.BeginTransaction()"/>, and not call this method for the same database: it would wait for itself.
    /// <c>SAVEPOINT</c> is allowed. A <c>DbContext</c> of EF Core over the connection needs <c>AutoTransactionBehavior.Never</c>. The
    /// work must not keep or dispose the connection, and must have disposed its readers.</para>
    /// <para>Cancelling is honoured until the commit begins.</para>
    /// </remarks>
    /// <typeparam name="T">What the work returns.</typeparam>
    /// <param name="database">The database's name, such as <c>notes.db</c>; it is created if it does not exist.</param>
    /// <param name="work">The work on an open connection, with a token that it should heed.</param>
    /// <param name="cancellationToken">Ends the wait, and the work if that heeds its token.</param>
    /// <returns>What the attempt that was committed returned.</returns>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Busy"/>: other connections were in the way for too long. <see cref="StorageErrorKind.Io"/>: it may
    /// or may not be committed, as the message then says. Otherwise as for <see cref="OpenAsync"/>, or the commit could not be
    /// stored and is undone.
    /// </exception>
    /// <exception cref="SqliteException">The transaction could not be begun or committed, and no other connection was in the way.</exception>
    /// <exception cref="InvalidOperationException">The work ended the transaction, closed the connection or left a write unfinished.</exception>
    ValueTask<T> ExecuteInTransactionAsync<T>(
        string database, Func<SqliteConnection, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ExecuteInTransactionAsync{T}(string, Func{SqliteConnection, CancellationToken, ValueTask{T}}, CancellationToken)"/>
    ValueTask ExecuteInTransactionAsync(
        string database, Func<SqliteConnection, CancellationToken, ValueTask> work, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a database ready for connections from <see cref="GetConnectionString"/> (EF Core, Dapper). Does not create it.
    /// Needed in a browser, where files can only be acquired asynchronously; elsewhere it does no harm.
    /// </summary>
    /// <exception cref="StorageException">As for <see cref="OpenAsync"/>.</exception>
    ValueTask PrepareAsync(string database, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Gets the connection string of a database, for EF Core's <c>UseSqlite(...)</c> or your own <see cref="SqliteConnection"/>.</summary>
    /// <remarks>It says <c>Pooling=False</c>, so that a connection that is closed takes its transaction and its settings with it.</remarks>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.PathInvalid"/> or <see cref="StorageErrorKind.Unavailable"/>.</exception>
    /// <exception cref="InvalidOperationException">
    /// The backend initialises asynchronously, or is not chosen yet: await <see cref="PrepareAsync"/> first.
    /// </exception>
    string GetConnectionString(string database);

    /// <summary>Tells whether a database exists, also one whose backend is not available now.</summary>
    ValueTask<bool> ExistsAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>Deletes a database with its journals.</summary>
    /// <returns><see langword="false"/> when it did not exist.</returns>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Busy"/> while connections have it open, also those of other processes with this library;
    /// <see cref="StorageErrorKind.Unavailable"/> as for <see cref="OpenAsync"/>, and while the record of where databases live cannot be read.
    /// </exception>
    ValueTask<bool> DeleteAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>Lists the databases, also those whose backend is not available now, in ordinal order of their names.</summary>
    ValueTask<IReadOnlyList<DatabaseEntry>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Completes when every commit made so far is as durable as <see cref="StorageReport.Durability"/> says.</summary>
    ValueTask FlushAsync(string database, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves a database to another backend: copies it, compares and checks the copy, records it as the database, and then deletes the
    /// old one. If it is interrupted at any point, by <paramref name="cancellationToken"/> or by the end of the process, one side is
    /// complete and in use, and opening the database removes the other.
    /// </summary>
    /// <param name="database">The database's name.</param>
    /// <param name="backend">The name of the candidate to move it to; nothing is done when the database already lives there.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="cancellationToken">Ends it; honoured until the copy is recorded as the database.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.NotFound"/>: the database does not exist. <see cref="StorageErrorKind.Busy"/>: it is open.
    /// <see cref="StorageErrorKind.Unavailable"/>: a backend cannot be used here. <see cref="StorageErrorKind.Corrupt"/>: the database
    /// does not pass SQLite's integrity check. <see cref="StorageErrorKind.Full"/>: there is no space for the copy. The database then is
    /// where it was.
    /// </exception>
    ValueTask MigrateAsync(
        string database, string backend, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes a database, as it is at one moment, to a stream as one ordinary database file. A copy is made in the same backend first; only
    /// while that is made, other connections cannot write.
    /// </summary>
    /// <remarks>The copy takes space until the export is complete. Only a part of the file is in memory at a time.</remarks>
    /// <param name="database">The database's name.</param>
    /// <param name="target">Where the bytes go. It may be slow. It is neither flushed nor closed.</param>
    /// <param name="progress">Receives <see cref="StorageStage.Copying"/> and then <see cref="StorageStage.Exporting"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.NotFound"/>: the database does not exist. <see cref="StorageErrorKind.Busy"/>: others were in the way for
    /// longer than <see cref="IsarStorageOptions.TransactionTimeout"/>. <see cref="StorageErrorKind.Full"/>: there is no space for the copy.
    /// Otherwise as for <see cref="OpenAsync"/>.
    /// </exception>
    ValueTask ExportAsync(
        string database, Stream target, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the content of a database with that of a database file, or makes a database of it. The file is first received as a whole and
    /// checked: its header, its length, and with <see href="https://sqlite.org/pragma.html#pragma_integrity_check">PRAGMA integrity_check</see>.
    /// Then one transaction replaces the content: even if the process ends, the database has either its old content or that of the file.
    /// </summary>
    /// <remarks>
    /// <para>Connections that have the database open keep working and see the new content, its schema too. They cannot use the database while
    /// its content is replaced.</para>
    /// <para>A file that was last used with <c>journal_mode=WAL</c> becomes a database with a rollback journal, without what only its
    /// <c>-wal</c> file holds. A write-ahead log of the database that is replaced stays, unless the page sizes differ. Until the end, the
    /// import takes the space of the file and of a journal with the old content.</para>
    /// </remarks>
    /// <param name="database">The database's name; it is created if it does not exist.</param>
    /// <param name="source">The file, read to its end. It may be slow.</param>
    /// <param name="progress">
    /// Receives <see cref="StorageStage.Importing"/>, then <see cref="StorageStage.Verifying"/>, then
    /// <see cref="StorageStage.Replacing"/>.
    /// </param>
    /// <param name="checkIntegrity">
    /// <see langword="false"/> leaves SQLite's check out, and imports also what it cannot check, such as a schema whose functions this app does
    /// not register. A damaged file then becomes a damaged database.
    /// </param>
    /// <param name="cancellationToken">Ends it; honoured until the last page is replaced.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Corrupt"/>: the file is not an SQLite database, cut off or damaged, or the database to replace cannot be
    /// opened. <see cref="StorageErrorKind.Unavailable"/>: its schema uses a function, collation, module or text encoding that SQLite does not
    /// have here, also after <see cref="StorageConnectionBuilderExtensions.ConfigureConnections"/>; the message names it.
    /// <see cref="StorageErrorKind.Busy"/>: others were in the way for longer than <see cref="IsarStorageOptions.TransactionTimeout"/>.
    /// <see cref="StorageErrorKind.Full"/>: there is no space. Otherwise as for <see cref="OpenAsync"/>. The database is what it was.
    /// </exception>
    ValueTask ImportAsync(
        string database,
        Stream source,
        IProgress<StorageProgress>? progress = null,
        bool checkIntegrity = true,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Copies a database, as it is at one moment, to another name in this storage. An existing database of that name is replaced in one
    /// transaction. Meanwhile other connections can neither write to the original nor use the copy.
    /// </summary>
    /// <param name="database">The database's name.</param>
    /// <param name="target">The name of the copy.</param>
    /// <param name="progress">Receives <see cref="StorageStage.Replacing"/>.</param>
    /// <param name="cancellationToken">Ends it, and leaves the other database as it was; honoured until the last page is copied.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.NotFound"/>: the database does not exist. <see cref="StorageErrorKind.PathInvalid"/>: both names are the same.
    /// <see cref="StorageErrorKind.Busy"/>: others were in the way for longer than <see cref="IsarStorageOptions.TransactionTimeout"/>.
    /// <see cref="StorageErrorKind.Full"/>: there is no space for the copy. Otherwise as for <see cref="OpenAsync"/>.
    /// </exception>
    ValueTask BackupAsync(
        string database, string target, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Raised when the used part of the quota reaches <see cref="IsarStorageOptions.QuotaWarningRatio"/>; raised again only after it fell
    /// below. Checked when databases are opened and after commits, at most every ten seconds. Raised on any thread.
    /// </summary>
    event EventHandler<StorageQuota>? QuotaNearlyUsed;

    /// <summary>
    /// Raised when a commit could not be stored, and was undone, while no call waited for it: IndexedDB stores commits after SQLite has made
    /// them. The message names the database. Every other commit that is undone fails its own call. Raised on any thread.
    /// </summary>
    event EventHandler<StorageException>? CommitUndone;

    /// <summary>Reports which backend is in use and why, what was not available, what is stored and how much space is left.</summary>
    ValueTask<StorageReport> GetReportAsync(CancellationToken cancellationToken = default);
}
