namespace Isar.Storage.Client;

/// <summary>An open connection in the worker, which is opened again after the worker's death, and the order of its calls.</summary>
/// <param name="worker">The worker.</param>
/// <param name="queue">The order of the calls of all connections to this database.</param>
/// <param name="name">The database's name.</param>
/// <param name="number">The connection's number in the worker.</param>
/// <param name="sqliteVersion">The version of SQLite.</param>
internal sealed class WorkerDatabase(IWorker worker, CallQueue queue, string name, int number, string sqliteVersion)
{
    /// <summary>A block without parameters.</summary>
    private static readonly byte[] _none = new byte[sizeof(int)];

    private Task _ending = Task.CompletedTask;
    private bool _closed;

    public string Name => name;

    public string SqliteVersion => sqliteVersion;

    /// <summary>Runs statements outside of a transaction, after the transactions that came before.</summary>
    public async Task<RunResult> RunAsync(string sql, ReadOnlyMemory<byte> parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await WaitForEndAsync(cancellationToken);
        await queue.PassAsync(this, timeout, cancellationToken);
        return await SendAsync(sql, parameters, transaction: false, cancellationToken);
    }

    /// <summary>Runs statements in the transaction that <see cref="BeginAsync"/> began.</summary>
    public Task<RunResult> RunInTransactionAsync(string sql, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken) =>
        SendAsync(sql, parameters, transaction: true, cancellationToken);

    /// <summary>Begins a transaction when it has the database alone.</summary>
    public async Task BeginAsync(bool deferred, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await WaitForEndAsync(cancellationToken);
        await queue.EnterAsync(this, timeout, cancellationToken);
        try
        {
            await worker.RequestAsync("begin", Fields.Of(("database", number), ("deferred", deferred)), cancellationToken: cancellationToken);
        }
        catch
        {
            queue.Leave(this);
            throw;
        }
    }

    /// <summary>Commits; when it fails the transaction goes on, unless SQLite has rolled it back.</summary>
    public async Task CommitAsync()
    {
        await SendAsync("COMMIT", _none, transaction: true, CancellationToken.None);
        queue.Leave(this);
    }

    /// <summary>
    /// Rolls back. Does nothing when SQLite has done so, or when the worker is gone and the transaction with it. Calls that come before it
    /// is done wait for it, and get its error.
    /// </summary>
    public Task RollbackAsync() => _ending = EndAsync();

    /// <summary>Closes the connection, which rolls back a transaction that goes on. The message is posted before this returns.</summary>
    public async Task CloseAsync()
    {
        _closed = true;
        Task closing = RequestUnlessGoneAsync("close");
        queue.Reject(this, IsarException.OfClosed($"The connection to \"{name}\" was closed."));
        try
        {
            await closing;
        }
        finally
        {
            queue.Leave(this);
        }
    }

    private Task<RunResult> SendAsync(string sql, ReadOnlyMemory<byte> parameters, bool transaction, CancellationToken cancellationToken)
    {
        StrictUtf8.CountBytes(sql, "The SQL");
        return worker.RunAsync(number, sql, parameters, transaction, cancellationToken);
    }

    /// <summary>Waits for a rollback that was not awaited, and throws its error once.</summary>
    private async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        while (!_ending.IsCompletedSuccessfully)
        {
            Task ending = _ending;
            await ending.WaitAsync(cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            cancellationToken.ThrowIfCancellationRequested();
            if (_ending == ending)
                _ending = Task.CompletedTask;
            await ending;
        }
    }

    private async Task EndAsync()
    {
        try
        {
            if (!_closed)
                await RequestUnlessGoneAsync("rollback");
        }
        finally
        {
            queue.Leave(this);
        }
    }

    private async Task RequestUnlessGoneAsync(string method)
    {
        try
        {
            await worker.RequestAsync(method, Fields.Of(("database", number)));
        }
        catch (IsarException e) when (e.Kind is IsarErrorKind.Worker or IsarErrorKind.Closed)
        {
            // Connections and transactions end with their worker.
        }
    }
}
