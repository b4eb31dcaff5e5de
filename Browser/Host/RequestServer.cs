using System.Runtime.ExceptionServices;
using Isar.Storage.Protocol;
using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Browser;

/// <summary>Serves the page's requests: decides which connection, awaits the storage, answers. Every failure becomes an answer.</summary>
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

    public void Open(int id, string name) => ServeCancellable(id, async (progress, token) =>
    {
        SqliteConnection connection = await storage.OpenAsync(name, progress, token).ConfigureAwait(false);
        int database = ++_lastDatabase;
        _databases.Add(database, new PageConnection(name, connection, edges.CreateEdge(name)));
        logger.DatabaseOpened(name, database);
        HostInterop.CompleteNumber(id, database);
    });

    public void Migrate(int id, string name, string backend) => ServeCancellable(id, async (progress, token) =>
    {
        await storage.MigrateAsync(name, backend, progress, token).ConfigureAwait(false);
        HostInterop.Complete(id);
    });

    /// <summary>Asks a request to end. One that is answered already, or that cannot be cancelled, does not notice.</summary>
    public void Cancel(int id, int request) => Serve(id, () =>
    {
        if (_cancellable.TryGetValue(request, out CancellationTokenSource? cancellation))
            cancellation.Cancel();
        HostInterop.Complete(id);
        return Task.CompletedTask;
    });

    /// <summary>Runs SQL. Only what waits can be cancelled, so what need not wait is spared the price of that.</summary>
    public void Execute(int id, int database) => Serve(id, () =>
    {
        PageConnection open = Find(database);
        return open.IsIdle
            ? open.RunAsync(_ => ExecuteAsync(id, open, inTurn => RunCancellableAsync(id, inTurn)))
            : RunCancellableAsync(id, token => open.RunInTurnAsync(
                inVain => ExecuteAsync(id, open, inTurn => inVain is null ? inTurn(token) : Task.FromException(inVain)), token));
    });

    /// <summary>Gives everything up to other tabs, because the page may be about to stop running; transactions and streams that go on are ended.</summary>
    public void Yield(int id) => Serve(id, () =>
    {
        try
        {
            foreach (PageConnection open in _databases.Values)
                ThrowIfFailed(open, HostInterop.Suspend(open.Address));
        }
        finally
        {
            edges.Yield();
        }
        HostInterop.Complete(id);
        return Task.CompletedTask;
    });

    /// <summary>Takes note of whether the page is hidden, and may so be frozen at any moment, together with its worker.</summary>
    public void SetHidden(int id, bool hidden) => Serve(id, () =>
    {
        edges.KeepIdle(!hidden);
        HostInterop.Complete(id);
        return Task.CompletedTask;
    });

    public void Rollback(int id, int database) => Serve(id, () => Find(database).RunAsync(open =>
    {
        ThrowIfFailed(open, HostInterop.Rollback(open.Address));
        HostInterop.Complete(id);
        return Task.CompletedTask;
    }));

    public void Close(int id, int database) => Serve(id, () =>
    {
        PageConnection closing = Find(database);
        _databases.Remove(database);
        return closing.RunAsync(open => CloseAsync(id, open));
    });

    public void Delete(int id, string name) => Serve(id, async () =>
        HostInterop.CompleteBoolean(id, await storage.DeleteAsync(name).ConfigureAwait(false)));

    public void Exists(int id, string name) => Serve(id, async () =>
        HostInterop.CompleteBoolean(id, await storage.ExistsAsync(name).ConfigureAwait(false)));

    public void List(int id) => Serve(id, async () =>
        HostInterop.CompleteJson(id, WireJson.Of(await storage.ListAsync().ConfigureAwait(false))));

    public void Report(int id) => Serve(id, async () =>
        HostInterop.CompleteJson(id, WireJson.Of(await storage.GetReportAsync().ConfigureAwait(false))));

    /// <summary>Runs a handler of the worker's own, and completes what it committed before the page hears of it.</summary>
    public void Call(int id, string name, string argument) => Serve(id, () => RunCancellableAsync(id, async token =>
    {
        string result = await handlers.RunAsync(name, argument, token).ConfigureAwait(false);
        await edges.FlushAsync().ConfigureAwait(false);
        HostInterop.CompleteText(id, result);
    }));

    private void Serve(int id, Func<Task> handler) => _ = ServeAsync(id, handler);

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

    /// <summary>Serves what can take long: the page hears how far it is, and can cancel it.</summary>
    private void ServeCancellable(int id, Func<IProgress<StorageProgress>, CancellationToken, Task> handler) => Serve(id, () =>
    {
        var progress = new ProgressSender(
            value => HostInterop.SendProgress(id, WireName.Of(value.Stage), value.Completed, value.Total), timeProvider);
        return RunCancellableAsync(id, token => handler(progress, token));
    });

    /// <summary>Runs what the page can cancel.</summary>
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

    /// <param name="id">The request.</param>
    /// <param name="open">The connection.</param>
    /// <param name="cancellable">Runs what waits.</param>
    private async Task ExecuteAsync(int id, PageConnection open, Func<Func<CancellationToken, Task>, Task> cancellable)
    {
        if (open.Edge.TryEnter())
        {
            try
            {
                await open.Edge.WaitAsync(CancellationToken.None).ConfigureAwait(false);
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

    /// <summary>Executes what has to wait, for another tab or for another connection. What fails by itself is not tried again: some of it may be done.</summary>
    private async Task ExecuteInTurnAsync(int id, PageConnection open, CancellationToken cancellationToken)
    {
        ExceptionDispatchInfo? failure = await open.Edge.RunAsync<ExceptionDispatchInfo?>(async _ =>
        {
            bool isDone;
            try
            {
                isDone = await TryExecuteAsync(id, open).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                return ExceptionDispatchInfo.Capture(e);
            }
            return isDone ? null : throw new StorageException(StorageErrorKind.Busy, $"Another connection has \"{open.Name}\" locked.");
        }, cancellationToken).ConfigureAwait(false);
        failure?.Throw();
    }

    /// <summary>Executes and answers; <see langword="false"/> when the database was locked and nothing was done.</summary>
    private async Task<bool> TryExecuteAsync(int id, PageConnection open)
    {
        VfsErrors.Last = null;
        open.Edge.BeginAttempt();
        int code = HostInterop.Execute(id, open.Address);
        open.Edge.NeedOpened();
        if (code == HostInterop.Locked || code == HostInterop.LockedInTransaction)
        {
            // A transaction that has read and finds the database locked when it writes has to begin again: waiting would not help.
            if (open.Edge.TryNeedRefused() || code == HostInterop.Locked)
                return false;
            throw ErrorMessage.ReadError(open.Handle);
        }
        if (code is HostInterop.Committed or HostInterop.CommittedAttached)
            await storage.FlushAsync(open.Name).ConfigureAwait(false);
        else
            ThrowIfFailed(open, code);
        if (code == HostInterop.CommittedAttached)
            await FlushAttachedAsync(open).ConfigureAwait(false);
        HostInterop.Complete(id);
        return true;
    }

    private async Task FlushAttachedAsync(PageConnection open)
    {
        foreach (string name in HostInterop.GetAttached(open.Address))
            await storage.FlushAsync(name).ConfigureAwait(false);
    }

    private async Task CloseAsync(int id, PageConnection open)
    {
        try
        {
            ThrowIfFailed(open, HostInterop.Release(open.Address));
        }
        finally
        {
            await open.Connection.DisposeAsync().ConfigureAwait(false);
        }
        logger.DatabaseClosed(open.Name);
        HostInterop.Complete(id);
    }

    private PageConnection Find(int database) => _databases.TryGetValue(database, out PageConnection? open)
        ? open
        : throw new ObjectDisposedException(null, $"There is no open database {database}.");

    private static void ThrowIfFailed(PageConnection open, int code)
    {
        if (code != 0)
            throw ErrorMessage.ReadError(open.Handle);
    }
}
