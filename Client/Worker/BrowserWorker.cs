using System.Runtime.InteropServices;
using System.Runtime.InteropServices.JavaScript;
using System.Runtime.Versioning;
using System.Text.Json;
using Isar.Storage.Protocol;

namespace Isar.Storage.Client;

/// <summary>A worker of this page, by its number in <c>dotnetClient.ts</c>.</summary>
[SupportedOSPlatform("browser")]
internal sealed class BrowserWorker : IWorker
{
    private const int TooBig = 18;

    /// <summary>How many bytes are copied before the page's other tasks run.</summary>
    private const int CopiedAtOnce = 8 * 1024 * 1024;

    private static int _lastId;

    private readonly int _connection;

    private BrowserWorker(int connection) => _connection = connection;

    public static async Task<IWorker> StartAsync(StartContext start)
    {
        TimeSpan timeout = start.Options.StartTimeout;
        if (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromDays(1))
            throw IsarException.OfUsage($"{nameof(IsarStorageClientOptions.StartTimeout)} is {timeout}, but must be above zero and at most a day.");
        string page = GetBaseAddress();
        string script = new Uri(new Uri(page), start.Options.ScriptUrl).ToString();
        try
        {
            await JSHost.ImportAsync(ClientInterop.Module, script).WaitAsync(timeout);
        }
        catch (TimeoutException e)
        {
            throw IsarException.OfWorker(
                $"The script {script} has not arrived after {timeout.TotalSeconds} s; "
                + $"see the option {nameof(IsarStorageClientOptions.StartTimeout)}.",
                e);
        }
        catch (JSException e)
        {
            throw IsarException.OfWorker(
                $"The script {script} could not be loaded: {e.Message} "
                + $"Its address can be set with the option {nameof(IsarStorageClientOptions.ScriptUrl)}.",
                e);
        }
        CheckVersion(script);
        string answer = await ClientInterop.StartAsync(
            start.Options.WorkerUrl ?? "",
            page,
            Fields.Of(start.Options),
            reason => start.OnRestart(Answers.ReadError(reason)),
            quota => start.OnQuotaNearlyUsed(Answers.ReadQuota(quota)),
            error => start.OnCommitUndone(Answers.ReadError(error)));
        return new BrowserWorker(Answers.ReadResult(answer).GetInt32());
    }

    public Task<JsonElement> RequestAsync(string method, string fields, IProgress<StorageProgress>? progress, CancellationToken cancellationToken) =>
        CancellableAsync(cancellationToken, async id =>
        {
            Task<string> answer = progress is null
                ? ClientInterop.RequestAsync(_connection, id, method, fields)
                : ClientInterop.RequestAsync(_connection, id, method, fields, (stage, completed, total) =>
                    progress.Report(new StorageProgress(Answers.ReadName<StorageStage>(stage), (long)completed, (long)total)));
            return Answers.ReadResult(await answer);
        });

    public Task<RunResult> RunAsync(
        int database, string sql, ReadOnlyMemory<byte> parameters, bool transaction, TimeSpan timeout, CancellationToken cancellationToken) =>
        CancellableAsync(cancellationToken, async id =>
        {
            // Always an array: ParameterWriter wrote it.
            MemoryMarshal.TryGetArray(parameters, out ArraySegment<byte> array);
            double length = await ClientInterop.RunAsync(id, database, sql, transaction, timeout.TotalMilliseconds, array);
            if (length < 0)
                throw Answers.ReadError(ClientInterop.TakeError(id));
            byte[] bytes = Allocate(id, length);
            int at = 0;
            for (; bytes.Length - at > CopiedAtOnce; at += CopiedAtOnce)
            {
                ClientInterop.TakeResult(id, at, bytes.AsSpan(at, CopiedAtOnce));
                await LetOthersRunAsync();
            }
            return new RunResult(bytes, (long)ClientInterop.TakeResult(id, at, bytes.AsSpan(at)), this);
        });

    public Task<(byte[] Bytes, bool Done)> PullAsync(int stream, CancellationToken cancellationToken) =>
        CancellableAsync(cancellationToken, async id =>
        {
            double length = await ClientInterop.PullAsync(id, stream);
            if (length < 0)
                throw Answers.ReadError(ClientInterop.TakeError(id));
            byte[] bytes = Allocate(id, length);
            return (bytes, ClientInterop.TakeChunk(id, bytes));
        });

    public Task<long> PushAsync(int stream, ArraySegment<byte> bytes, CancellationToken cancellationToken) =>
        CancellableAsync(cancellationToken, async id =>
            Answers.ReadResult(await ClientInterop.PushAsync(id, stream, bytes)).GetInt64());

    public Task LetOthersRunAsync() => ClientInterop.LetOthersRunAsync();

    public Task<bool> PersistAsync() => ClientInterop.PersistAsync();

    public void Stop() => ClientInterop.Stop(_connection);

    private static async Task<T> CancellableAsync<T>(CancellationToken cancellationToken, Func<int, Task<T>> action)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int id = ++_lastId;
        Task<T> running = action(id);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => ClientInterop.Cancel(id));
        try
        {
            return await running;
        }
        catch (IsarException e) when (e.Kind == IsarErrorKind.Cancelled && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private static byte[] Allocate(int id, double length)
    {
        try
        {
            return GC.AllocateUninitializedArray<byte>(checked((int)length));
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            ClientInterop.TakeError(id);
            throw new IsarException(IsarErrorKind.Sqlite, TooBig, TooBig, $"The answer takes {length} bytes, for which the page has no memory.", e);
        }
    }

    private static void CheckVersion(string script)
    {
        int version = ClientInterop.GetProtocolVersion();
        if (version != ProtocolVersion.Current)
        {
            throw new IsarException(IsarErrorKind.Version, 0, 0,
                $"The page's Isar.Storage.Client.dll speaks version {ProtocolVersion.Current} of the protocol, {script} version {version}: "
                + "deploy both from the same package, and let browsers revalidate them.");
        }
    }

    private static string GetBaseAddress()
    {
        using JSObject document = JSHost.GlobalThis.GetPropertyAsJSObject("document")
            ?? throw new PlatformNotSupportedException("Isar.Storage.Client runs on a page; there is no document here.");
        return document.GetPropertyAsString("baseURI")!;
    }
}
