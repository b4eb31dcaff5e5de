using System.Runtime.InteropServices.JavaScript;
using Isar.Storage.Protocol;
using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Browser;

/// <summary>Serves the page's requests: finds the connection, awaits the storage, answers. Every failure becomes an answer.</summary>
internal sealed partial class RequestServer(
    IIsarStorage storage,
    IDatabaseEdges edges,
    IDatabaseTransfers transfers,
    WorkerHandlers handlers,
    TimeProvider timeProvider,
    ILogger<RequestServer> logger)
{
    private readonly Dictionary<int, PageConnection> _databases = [];
    private readonly Dictionary<int, CancellationTokenSource> _cancellable = [];
    private int _lastDatabase;

    /// <summary>Serves a statement. Only one that waits can be cancelled; one that runs at once is spared the price of that.</summary>
    public void Execute(int id, int database) => _ = ServeAsync(id, () =>
    {
        PageConnection open = Find(database);
        return open.IsIdle
            ? open.RunAsync(_ => ExecuteAsync(id, open, inTurn => RunCancellableAsync(id, inTurn)))
            : RunCancellableAsync(id, token => open.RunInTurnAsync(
                inVain => ExecuteAsync(id, open, inTurn => inVain is null ? inTurn(token) : Task.FromException(inVain)), token));
    });

    /// <summary>Serves any other request. <c>request.ts</c> has checked its fields; they are read before anything is awaited.</summary>
    public void Serve(int id, string method, JSObject request) => _ = ServeAsync(id, () =>
    {
        using (request)
        {
            return method switch
            {
                "open" => OpenAsync(id, Text("name")),
                "migrate" => MigrateAsync(id, Text("name"), Text("backend")),
                "export" => ExportAsync(id, Text("name")),
                "pull" => PullAsync(id, Number("stream")),
                "import" => ImportAsync(id, Text("name"), OptionalNumber("bytes")),
                "push" => PushAsync(id, Number("stream"), LengthOf("bytes")),
                "finishImport" => FinishImportAsync(id, Number("stream"), request.GetPropertyAsBoolean("checkIntegrity")),
                "closeTransfer" => CloseTransferAsync(id, Number("stream")),
                "backup" => BackupAsync(id, Text("name"), Text("target")),
                "cancel" => CancelAsync(id, Number("request")),
                "yield" => YieldAsync(id),
                "setHidden" => SetHiddenAsync(id, request.GetPropertyAsBoolean("hidden")),
                "rollback" => RollbackAsync(id, Number("database")),
                "close" => CloseAsync(id, Number("database")),
                "delete" => DeleteAsync(id, Text("name")),
                "exists" => ExistsAsync(id, Text("name")),
                "list" => ListAsync(id),
                "report" => ReportAsync(id),
                "call" => CallAsync(id, Text("name"), Text("argument")),
                _ => throw new InvalidOperationException($"Nothing serves the method \"{method}\"."),
            };
        }

        string Text(string field) => request.GetPropertyAsString(field)!;

        int Number(string field) => request.GetPropertyAsInt32(field);

        double? OptionalNumber(string field) => request.GetTypeOfProperty(field) == "number" ? request.GetPropertyAsDouble(field) : null;

        int LengthOf(string field)
        {
            using JSObject bytes = request.GetPropertyAsJSObject(field)!;
            return bytes.GetPropertyAsInt32("length");
        }
    });

    private Task OpenAsync(int id, string name) => RunLongAsync(id, async (progress, token) =>
    {
        SqliteConnection connection = await storage.OpenAsync(name, progress, token).ConfigureAwait(false);
        int database = ++_lastDatabase;
        _databases.Add(database, new PageConnection(name, connection, edges.CreateEdge(name)));
        logger.DatabaseOpened(name, database);
        HostInterop.CompleteNumber(id, database);
    });

    private Task MigrateAsync(int id, string name, string backend) => RunLongAsync(id, async (progress, token) =>
    {
        await storage.MigrateAsync(name, backend, progress, token).ConfigureAwait(false);
        HostInterop.Complete(id);
    });

    /// <summary>Asks a request to end. Does nothing to one that is answered already or cannot be cancelled.</summary>
    private Task CancelAsync(int id, int request)
    {
        if (_cancellable.TryGetValue(request, out CancellationTokenSource? cancellation))
            cancellation.Cancel();
        HostInterop.Complete(id);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Gives every database up to other tabs, because the page may be about to stop running. Open transactions and streams are ended.
    /// </summary>
    private Task YieldAsync(int id)
    {
        VfsCall.Begin();
        // Each of them, also after one that fails: the page may be frozen next.
        bool isDone = _databases.Values.Count(open => !HostInterop.Suspend(id, open.Address)) == 0;
        edges.Yield();
        Complete(id, isDone, VfsCall.Current.Failure);
        return Task.CompletedTask;
    }

    /// <summary>Takes note of whether the page is hidden: a hidden page can be frozen at any moment, together with its worker.</summary>
    private Task SetHiddenAsync(int id, bool hidden)
    {
        edges.KeepIdle(!hidden);
        HostInterop.Complete(id);
        return Task.CompletedTask;
    }

    private Task RollbackAsync(int id, int database) => Find(database).RunAsync(open =>
    {
        VfsCall.Begin();
        Complete(id, HostInterop.Rollback(id, open.Address), VfsCall.Current.Failure);
        return Task.CompletedTask;
    });

    private Task CloseAsync(int id, int database)
    {
        PageConnection closing = Find(database);
        _databases.Remove(database);
        return closing.RunAsync(async open =>
        {
            VfsCall.Begin();
            bool isDone = HostInterop.Release(id, open.Address);
            Exception? cause = VfsCall.Current.Failure;
            await open.Connection.DisposeAsync().ConfigureAwait(false);
            logger.DatabaseClosed(open.Name);
            Complete(id, isDone, cause);
        });
    }

    private async Task DeleteAsync(int id, string name) =>
        HostInterop.CompleteBoolean(id, await storage.DeleteAsync(name).ConfigureAwait(false));

    private async Task ExistsAsync(int id, string name) =>
        HostInterop.CompleteBoolean(id, await storage.ExistsAsync(name).ConfigureAwait(false));

    private async Task ListAsync(int id) =>
        HostInterop.CompleteJson(id, WireJson.Of(await storage.ListAsync().ConfigureAwait(false)));

    private async Task ReportAsync(int id) =>
        HostInterop.CompleteJson(id, WireJson.Of(await storage.GetReportAsync().ConfigureAwait(false)));

    /// <summary>Runs a handler of the worker's own, and flushes what it committed before the page gets the result or the failure.</summary>
    private Task CallAsync(int id, string name, string argument) => RunCancellableAsync(id, async token =>
    {
        long undoneBefore = edges.UndoneCommits;
        string result;
        try
        {
            result = await handlers.RunAsync(name, argument, token).ConfigureAwait(false);
        }
        finally
        {
            await edges.FlushSinceAsync(undoneBefore).ConfigureAwait(false);
        }
        HostInterop.CompleteText(id, result);
    });

    private async Task ServeAsync(int id, Func<Task> handler)
    {
        try
        {
            await handler().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ErrorMessage error = ErrorMessage.Of(e);
            if (error.Kind == ErrorMessage.Internal)
                logger.RequestFailed(e);
            Fail(id, error);
        }
    }

    /// <summary>Runs work that can take long: the page gets its progress, and can cancel it.</summary>
    private Task RunLongAsync(int id, Func<IProgress<StorageProgress>, CancellationToken, Task> work)
    {
        var progress = new ProgressSender(
            value => HostInterop.SendProgress(id, WireName.Of(value.Stage), value.Completed, value.Total), timeProvider);
        return RunCancellableAsync(id, token => work(progress, token));
    }

    /// <summary>Runs work that the page can cancel.</summary>
    private async Task RunCancellableAsync(int id, Func<CancellationToken, Task> work)
    {
        using var cancellation = new CancellationTokenSource();
        _cancellable.Add(id, cancellation);
        try
        {
            await work(cancellation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Fail(id, ErrorMessage.Cancelled);
        }
        finally
        {
            _cancellable.Remove(id);
        }
    }

    private static void Fail(int id, ErrorMessage error) =>
        HostInterop.Fail(id, error.Kind, error.Code, error.ExtendedCode, error.Message);

    /// <summary>Answers with SQLite's result or failure.</summary>
    /// <param name="id">The request.</param>
    /// <param name="isDone">Whether SQLite succeeded.</param>
    /// <param name="cause">The last failure of the storage: SQLite passes on only a code.</param>
    private static void Complete(int id, bool isDone, Exception? cause)
    {
        if (isDone)
            HostInterop.Complete(id);
        else
            HostInterop.CompleteFailed(id, cause?.Message);
    }

    /// <param name="id">The request.</param>
    /// <param name="open">The connection.</param>
    /// <param name="cancellable">Runs the part that waits, so that the page can cancel it.</param>
    private async Task ExecuteAsync(int id, PageConnection open, Func<Func<CancellationToken, Task>, Task> cancellable)
    {
        if (open.Edge.TryEnter())
        {
            try
            {
                if (await TryExecuteAsync(id, open).ConfigureAwait(false))
                    return;
            }
            finally
            {
                open.Edge.Leave();
            }
        }
        await cancellable(token => ExecuteInTurnAsync(id, open, token)).ConfigureAwait(false);
    }

    /// <summary>Executes a statement that has to wait: for another tab or connection, or until more may be written.</summary>
    private async Task ExecuteInTurnAsync(int id, PageConnection open, CancellationToken cancellationToken)
    {
        await open.Edge.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task<bool> last = await open.Edge.RunAsync(async _ =>
        {
            Task<bool> attempt = TryExecuteAsync(id, open);
            await ((Task)attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // A request that throws is not tried again: a part of it may be done.
            return !attempt.IsCompletedSuccessfully || attempt.Result
                ? attempt
                : throw new StorageException(StorageErrorKind.Busy, $"Another connection has \"{open.Name}\" locked.");
        }, cancellationToken).ConfigureAwait(false);
        await last.ConfigureAwait(false);
    }

    /// <summary>Executes and answers; <see langword="false"/> when the database was locked and nothing was done.</summary>
    private async Task<bool> TryExecuteAsync(int id, PageConnection open)
    {
        VfsCall.Begin();
        var outcome = (StatementOutcome)HostInterop.Execute(id, open.Address);
        bool isRefused = open.Edge.NoteNeeds();
        // A transaction that has read and finds the database locked when it writes has to begin again: waiting would not help.
        if (outcome is StatementOutcome.Locked or StatementOutcome.LockedInTransaction && (isRefused || outcome == StatementOutcome.Locked))
            return false;
        Exception? failure = VfsCall.Current.Failure;
        // What VACUUM INTO has filled is attached no more.
        string[] detached = VfsCall.Current.Closed is { Count: > 0 } closed ? [.. closed.Select(lease => lease.Path.Value)] : [];
        if (outcome == StatementOutcome.Committed && detached.Length == 0)
            await edges.FlushCommitAsync(open.Name).ConfigureAwait(false);
        else if (outcome is StatementOutcome.Committed or StatementOutcome.CommittedAttached or StatementOutcome.FailedCommitted)
            await FlushWithAttachedAsync(open, detached).ConfigureAwait(false);
        Complete(id, outcome is StatementOutcome.Done or StatementOutcome.Committed or StatementOutcome.CommittedAttached, failure);
        return true;
    }

    /// <summary>Flushes all of them at once, so that this request hears of each commit.</summary>
    private Task FlushWithAttachedAsync(PageConnection open, string[] detached) => Task.WhenAll(
        HostInterop.GetAttached(open.Address).Concat(detached).Append(open.Name).Distinct().Select(name => edges.FlushCommitAsync(name).AsTask()));

    private PageConnection Find(int database) => _databases.TryGetValue(database, out PageConnection? open)
        ? open
        : throw new ObjectDisposedException(null, $"There is no open database {database}.");
}
