using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Browser;

/// <summary>Serves the page's requests: decides which connection, awaits the storage, answers. Every failure becomes an answer.</summary>
internal sealed class RequestServer(IIsarStorage storage, ILogger<RequestServer> logger)
{
    private readonly Dictionary<int, OpenDatabase> _databases = [];
    private int _lastDatabase;

    public void Open(int id, string name) => Serve(id, async () =>
    {
        SqliteConnection connection = await storage.OpenAsync(name).ConfigureAwait(false);
        int database = ++_lastDatabase;
        _databases.Add(database, new OpenDatabase(name, connection));
        logger.DatabaseOpened(name, database);
        HostInterop.CompleteNumber(id, database);
    });

    public void Execute(int id, int database) => Serve(id, () => Find(database).RunAsync(open => ExecuteAsync(id, open)));

    public void Rollback(int id, int database) => Serve(id, () => Find(database).RunAsync(open =>
    {
        ThrowIfFailed(open, HostInterop.Rollback(open.Address));
        HostInterop.Complete(id);
        return Task.CompletedTask;
    }));

    public void Close(int id, int database) => Serve(id, () =>
    {
        OpenDatabase closing = Find(database);
        _databases.Remove(database);
        return closing.RunAsync(open => CloseAsync(id, open));
    });

    public void Delete(int id, string name) => Serve(id, async () =>
        HostInterop.CompleteBoolean(id, await storage.DeleteAsync(name).ConfigureAwait(false)));

    public void Exists(int id, string name) => Serve(id, async () =>
        HostInterop.CompleteBoolean(id, await storage.ExistsAsync(name).ConfigureAwait(false)));

    public void List(int id) => Serve(id, async () =>
    {
        (string[] names, double[] lengths) = Split(await storage.ListAsync().ConfigureAwait(false));
        HostInterop.CompleteList(id, names, lengths);
    });

    public void Report(int id) => Serve(id, async () =>
    {
        StorageReport report = await storage.GetReportAsync().ConfigureAwait(false);
        (string[] names, double[] lengths) = Split(await storage.ListAsync().ConfigureAwait(false));
        HostInterop.CompleteReport(
            id,
            report.Backend,
            report.Reason,
            report.Location,
            NameOf(report.Capabilities.Flush),
            NameOf(report.Capabilities.Sharing),
            report.Capabilities.Persistent,
            report.UsedBytes,
            names,
            lengths);
    });

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
            HostInterop.Fail(id, error.Kind, error.Code, error.ExtendedCode, error.Message);
        }
    }

    private async Task ExecuteAsync(int id, OpenDatabase open)
    {
        VfsErrors.Last = null;
        int code = HostInterop.Execute(id, open.Address);
        if (code == HostInterop.Committed)
            await storage.FlushAsync(open.Name).ConfigureAwait(false);
        else
            ThrowIfFailed(open, code);
        HostInterop.Complete(id);
    }

    private async Task CloseAsync(int id, OpenDatabase open)
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

    private OpenDatabase Find(int database) => _databases.TryGetValue(database, out OpenDatabase? open)
        ? open
        : throw new ObjectDisposedException(null, $"There is no open database {database}.");

    private static void ThrowIfFailed(OpenDatabase open, int code)
    {
        if (code != 0)
            throw ErrorMessage.ReadError(open.Handle);
    }

    private static (string[] Names, double[] Lengths) Split(IReadOnlyList<DatabaseEntry> entries) =>
        ([.. entries.Select(entry => entry.Path.Value)], [.. entries.Select(entry => (double)entry.Length!)]);

    private static string NameOf(FlushGuarantee guarantee) => guarantee switch
    {
        FlushGuarantee.None => "none",
        FlushGuarantee.Relaxed => "relaxed",
        FlushGuarantee.Full => "full",
        _ => throw new ArgumentOutOfRangeException(nameof(guarantee), guarantee, null),
    };

    private static string NameOf(StorageSharing sharing) => sharing switch
    {
        StorageSharing.OneConnection => "oneConnection",
        StorageSharing.OneProcess => "oneProcess",
        StorageSharing.ManyProcesses => "manyProcesses",
        _ => throw new ArgumentOutOfRangeException(nameof(sharing), sharing, null),
    };
}
