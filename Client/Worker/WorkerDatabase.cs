namespace Isar.Storage.Client;

/// <summary>An open connection in the worker, which is opened again after the worker's death. The worker keeps the order of its calls.</summary>
/// <param name="worker">The worker.</param>
/// <param name="name">The database's name.</param>
/// <param name="number">The connection's number in the worker.</param>
/// <param name="sqliteVersion">The version of SQLite.</param>
internal sealed class WorkerDatabase(IWorker worker, string name, int number, string sqliteVersion)
{
    private Task _ending = Task.CompletedTask;
    private bool _closed;

    public string Name => name;

    public string SqliteVersion => sqliteVersion;

    /// <summary>Runs statements outside of a transaction, after the transactions that came before.</summary>
    /// <param name="sql">The statements.</param>
    /// <param name="parameters">What <see cref="ParameterWriter"/> wrote.</param>
    /// <param name="timeout">How long it waits for those transactions; zero for ever.</param>
    /// <param name="cancellationToken">Asks the worker to end it.</param>
    public async Task<RunResult> RunAsync(string sql, ReadOnlyMemory<byte> parameters, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await WaitForEndAsync(cancellationToken);
        return await SendAsync(sql, parameters, transaction: false, timeout, cancellationToken);
    }

    /// <summary>Runs statements in the transaction that <see cref="BeginAsync"/> began.</summary>
    public Task<RunResult> RunInTransactionAsync(string sql, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken) =>
        SendAsync(sql, parameters, transaction: true, TimeSpan.Zero, cancellationToken);

    /// <summary>Begins a transaction when it has the database alone.</summary>
    /// <param name="deferred">Whether it takes its locks only when it first reads or writes.</param>
    /// <param name="timeout">How long it waits for transactions that came before; zero for ever.</param>
    /// <param name="cancellationToken">Asks the worker to end it.</param>
    public async Task BeginAsync(bool deferred, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await WaitForEndAsync(cancellationToken);
        double? waitMs = timeout == TimeSpan.Zero ? null : timeout.TotalMilliseconds;
        string fields = Fields.Of(("database", number), ("deferred", deferred), ("waitMs", waitMs));
        await worker.RequestAsync("begin", fields, cancellationToken: cancellationToken);
    }

    /// <summary>Commits; when it fails the transaction goes on, unless SQLite has rolled it back.</summary>
    public Task CommitAsync() => worker.RequestAsync("commit", Fields.Of(("database", number)));

    /// <summary>
    /// Rolls back. Does nothing when SQLite has done so, or when the worker is gone and the transaction with it. Calls that come before it
    /// is done wait for it, and get its error.
    /// </summary>
    public Task RollbackAsync() => _ending = _closed ? Task.CompletedTask : RequestUnlessGoneAsync("rollback");

    /// <summary>Closes the connection, which rolls back a transaction that goes on. The message is posted before this returns.</summary>
    public Task CloseAsync()
    {
        _closed = true;
        return RequestUnlessGoneAsync("close");
    }

    private Task<RunResult> SendAsync(
        string sql, ReadOnlyMemory<byte> parameters, bool transaction, TimeSpan timeout, CancellationToken cancellationToken)
    {
        StrictUtf8.CountBytes(sql, "The SQL");
        return worker.RunAsync(number, sql, parameters, transaction, timeout, cancellationToken);
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
