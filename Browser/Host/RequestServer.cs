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

    /// <summary>Serves a request that is no statement. <c>request.ts</c> has checked its fields; they are read before anything is awaited.</summary>
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
                "setHidden" => SetHiddenAsync(id, request.GetPropertyAsBoolean("hidden")),
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
        SqliteConnection? configured = null;
        nint address;
        if (edges.ConfiguresConnections)
        {
            configured = await storage.OpenAsync(name, progress, token).ConfigureAwait(false);
            address = configured.Handle!.DangerousGetHandle();
        }
        else
        {
            address = await edges.OpenAsync(name, PageConnection.OpenAddress, progress, token).ConfigureAwait(false);
        }
        int database = ++_lastDatabase;
        _databases.Add(database, new PageConnection(name, address, configured, edges.CreateEdge(name)));
        logger.DatabaseOpened(name, database);
        HostInterop.CompleteOpened(id, database, address);
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

    /// <summary>Takes note of whether the page is hidden: a hidden page can be frozen at any moment, together with its worker.</summary>
    private Task SetHiddenAsync(int id, bool hidden)
    {
        edges.KeepIdle(!hidden);
        HostInterop.Complete(id);
        return Task.CompletedTask;
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
            Fail(id, error, e is StorageException { Kind: StorageErrorKind.Busy } busy && busy.WaitedFor > TimeSpan.Zero);
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

    private static void Fail(int id, ErrorMessage error, bool inVain = false) =>
        HostInterop.Fail(id, error.Kind, error.Code, error.ExtendedCode, error.Message, inVain);

    private PageConnection Find(int database) => _databases[database];
}
