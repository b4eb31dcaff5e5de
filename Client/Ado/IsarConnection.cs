using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Isar.Storage.Client;

namespace Isar.Storage;

/// <summary>
/// A connection from a page to a database in its worker; <see cref="IIsarStorageClient"/> gives it. Members that would have to wait for the
/// worker are asynchronous only: <see cref="OpenAsync(CancellationToken)"/> works, <see cref="Open"/> throws. For the page's one thread.
/// </summary>
public sealed class IsarConnection : DbConnection
{
    private readonly IsarStorageClient _client;
    private IsarConnectionStringBuilder _settings;
    private ConnectionState _state;
    private WorkerDatabase? _database;
    private Opening? _opening;

    internal IsarConnection(IsarStorageClient client, IsarConnectionStringBuilder settings)
    {
        _client = client;
        _settings = settings;
    }

    /// <summary>Gets or sets the connection string; <see cref="IsarConnectionStringBuilder"/> says what can be in it.</summary>
    /// <exception cref="InvalidOperationException">It is set while the connection is open.</exception>
    [AllowNull]
    public override string ConnectionString
    {
        get => _settings.ConnectionString;
        set => _settings = _state == ConnectionState.Closed
            ? new IsarConnectionStringBuilder(value)
            : throw new InvalidOperationException("The connection string can only be set while the connection is closed.");
    }

    /// <summary>Gets how many seconds opening waits for files that another tab holds: <see cref="IsarStorageClientOptions.OpenTimeout"/>.</summary>
    public override int ConnectionTimeout => (int)Math.Ceiling(_client.Options.OpenTimeout.TotalSeconds);

    /// <summary>Gets <c>main</c>, which is what SQLite calls the database that was opened.</summary>
    public override string Database => "main";

    /// <summary>Gets the database's name.</summary>
    public override string DataSource => _settings.DataSource;

    /// <summary>Gets or sets how long commands wait for transactions of other connections of the page, in seconds; 0 means for ever.</summary>
    public int DefaultTimeout
    {
        get => _settings.DefaultTimeout;
        set => _settings.DefaultTimeout = value;
    }

    /// <summary>Gets the version of SQLite in the worker.</summary>
    /// <exception cref="InvalidOperationException">The connection is not open.</exception>
    public override string ServerVersion => Current.SqliteVersion;

    /// <inheritdoc/>
    public override ConnectionState State => _state;

    /// <summary>Gets <see cref="IsarProviderFactory"/>.</summary>
    protected override DbProviderFactory DbProviderFactory => _client.ProviderFactory;

    /// <summary>Gets the transaction that is open, if there is one.</summary>
    internal IsarTransaction? Transaction { get; set; }

    /// <summary>Gets the open database.</summary>
    internal WorkerDatabase Current => _database
        ?? throw new InvalidOperationException($"The connection to \"{DataSource}\" is not open: await OpenAsync first.");

    /// <summary>Opens the database and creates it if it does not exist; starts the worker if that has not happened.</summary>
    /// <param name="cancellationToken">Ends the wait for files that another tab holds.</param>
    /// <exception cref="IsarException">
    /// It cannot be opened; <see cref="IsarException.Kind"/> says why, such as <see cref="IsarErrorKind.Unavailable"/> when it exists in a
    /// backend that is not available now. No empty database is made elsewhere.
    /// </exception>
    /// <exception cref="IsarException"><see cref="IsarErrorKind.Closed"/>: it was closed or disposed meanwhile.</exception>
    /// <exception cref="InvalidOperationException">The connection is open, or names no database.</exception>
    public override Task OpenAsync(CancellationToken cancellationToken) => OpenAsync(null, cancellationToken);

    /// <inheritdoc cref="OpenAsync(CancellationToken)"/>
    /// <param name="progress">Told the progress, where opening takes long.</param>
    /// <param name="cancellationToken">Ends the wait for files that another tab holds.</param>
    public async Task OpenAsync(IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        if (_state != ConnectionState.Closed)
            throw new InvalidOperationException($"The connection to \"{DataSource}\" is open or being opened.");
        if (DataSource.Length == 0)
            throw new InvalidOperationException("The connection has no database: set ConnectionString to \"Data Source=notes.db\", for example.");
        Opening opening = _opening = new Opening();
        ChangeState(ConnectionState.Connecting);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(opening.Closed.Token, cancellationToken);
            WorkerDatabase opened = await _client.OpenDatabaseAsync(DataSource, _settings.ToSetup(), progress, either.Token);
            if (opening.IsClosed)
                await _client.CloseDatabaseAsync(opened);
            else
                _database = opened;
        }
        catch (OperationCanceledException) when (opening.IsClosed)
        {
            throw ClosedWhileOpened();
        }
        finally
        {
            _opening = null;
            ChangeState(_database is null ? ConnectionState.Closed : ConnectionState.Open);
            opening.Ended.SetResult();
        }
        if (opening.IsClosed)
            throw ClosedWhileOpened();
    }

    /// <summary>Throws: use <see cref="OpenAsync(CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Open() => throw Synchronous.Unsupported("IsarConnection.Open", nameof(OpenAsync));

    /// <summary>
    /// Closes the connection after the calls that were already made, and does not wait for it. A transaction that goes on is rolled back.
    /// Closing twice does nothing.
    /// </summary>
    public override void Close() => _ = CloseAsync();

    /// <summary>
    /// Closes the connection after the calls that were already made. A transaction that goes on is rolled back. Closing twice does nothing.
    /// A connection that is still being opened stays closed.
    /// </summary>
    /// <exception cref="IsarException">The worker could not close it; to this page it is closed.</exception>
    public override Task CloseAsync()
    {
        if (_opening is { } opening)
        {
            opening.Closed.Cancel();
            return opening.Ended.Task;
        }
        if (_database is not { } closing)
            return Task.CompletedTask;
        _database = null;
        Transaction?.Abandon();
        Task closed = _client.CloseDatabaseAsync(closing);
        ChangeState(ConnectionState.Closed);
        return closed;
    }

    /// <summary>Throws: a connection has one database. <c>ATTACH</c> brings another into it.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override void ChangeDatabase(string databaseName) =>
        throw new NotSupportedException("A connection to SQLite has one database: open another connection, or ATTACH the other database.");

    /// <summary>Makes a command of this connection and its transaction.</summary>
    public new IsarCommand CreateCommand() => new() { Connection = this, Transaction = Transaction, CommandTimeout = DefaultTimeout };

    /// <summary>Begins a transaction.</summary>
    /// <param name="deferred">
    /// Whether it takes its locks only when it first reads or writes (<c>BEGIN</c>); otherwise it may write at once (<c>BEGIN IMMEDIATE</c>).
    /// </param>
    /// <param name="cancellationToken">Ends the wait for transactions of other connections.</param>
    /// <returns>The transaction. Until it ends, calls of the page's other connections to this database wait.</returns>
    /// <exception cref="InvalidOperationException">The connection is closed or has a transaction: those of SQLite do not nest.</exception>
    public async ValueTask<IsarTransaction> BeginTransactionAsync(bool deferred, CancellationToken cancellationToken = default) =>
        await IsarTransaction.BeginAsync(this, deferred, cancellationToken);

    /// <summary>Begins a transaction that may write at once (<c>BEGIN IMMEDIATE</c>).</summary>
    /// <inheritdoc cref="BeginTransactionAsync(bool, CancellationToken)"/>
    public new ValueTask<IsarTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(deferred: false, cancellationToken);

    /// <inheritdoc/>
    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        if (isolationLevel is IsolationLevel.Chaos or IsolationLevel.Snapshot)
        {
            throw new ArgumentException(
                $"SQLite has no isolation level {isolationLevel}; its transactions are serializable.", nameof(isolationLevel));
        }
        return await BeginTransactionAsync(isolationLevel == IsolationLevel.ReadUncommitted, cancellationToken);
    }

    /// <summary>Throws: use <see cref="BeginTransactionAsync(CancellationToken)"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) =>
        throw Synchronous.Unsupported("IsarConnection.BeginTransaction", nameof(BeginTransactionAsync));

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => CreateCommand();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Close();
        base.Dispose(disposing);
    }

    private IsarException ClosedWhileOpened() => IsarException.OfClosed($"The connection to \"{DataSource}\" was closed while it was being opened.");

    private void ChangeState(ConnectionState state)
    {
        ConnectionState before = _state;
        _state = state;
        OnStateChange(new StateChangeEventArgs(before, state));
    }

    /// <summary>An opening that is under way.</summary>
    private sealed class Opening
    {
        /// <summary>Gets what is cancelled when the connection is closed.</summary>
        public CancellationTokenSource Closed { get; } = new();

        public bool IsClosed => Closed.IsCancellationRequested;

        public TaskCompletionSource Ended { get; } = new();
    }
}
