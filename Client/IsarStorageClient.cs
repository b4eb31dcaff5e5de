using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Isar.Storage.Client;

namespace Isar.Storage;

/// <summary>The databases of a page; <c>AddIsarStorageClient</c> registers it. An app without services makes one for the whole page.</summary>
public sealed class IsarStorageClient : IIsarStorageClient, IDisposable
{
    private readonly Func<StartContext, Task<IWorker>> _start;
    private readonly HashSet<Task> _closing = [];
    private Task<IWorker>? _worker;
    private Task<string>? _sqliteVersion;
    private bool _disposed;

    /// <summary>Makes a client, and starts nothing yet.</summary>
    public IsarStorageClient(IsarStorageClientOptions? options = null)
        : this(options ?? new(), StartInBrowserAsync)
    {
    }

    internal IsarStorageClient(IsarStorageClientOptions options, Func<StartContext, Task<IWorker>> start)
    {
        Options = options;
        ProviderFactory = new IsarProviderFactory(this);
        _start = start;
    }

    /// <inheritdoc/>
    public event EventHandler<StorageQuota>? QuotaNearlyUsed;

    /// <inheritdoc/>
    public event EventHandler<IsarException>? CommitUndone;

    /// <inheritdoc/>
    public event EventHandler<IsarException>? WorkerRestarted;

    /// <summary>Gets this client's factory, for code that knows only <see cref="System.Data.Common.DbProviderFactory"/>.</summary>
    public IsarProviderFactory ProviderFactory { get; }

    internal IsarStorageClientOptions Options { get; }

    /// <inheritdoc/>
    public async ValueTask StartAsync(CancellationToken cancellationToken = default) =>
        await GetWorkerAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IsarConnection> OpenAsync(
        string database, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        IsarConnection connection = CreateConnection(database);
        await connection.OpenAsync(progress, cancellationToken);
        return connection;
    }

    /// <inheritdoc/>
    public IsarConnection CreateConnection(string database)
    {
        ArgumentException.ThrowIfNullOrEmpty(database);
        return new IsarConnection(this, new IsarConnectionStringBuilder { DataSource = database });
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ExistsAsync(string database, CancellationToken cancellationToken = default) =>
        (await RequestAsync("exists", Fields.Of(("name", Fields.CheckName(database))), null, cancellationToken)).GetBoolean();

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(string database, CancellationToken cancellationToken = default) =>
        (await RequestAsync("delete", Fields.Of(("name", Fields.CheckName(database))), null, cancellationToken)).GetBoolean();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DatabaseEntry>> ListAsync(CancellationToken cancellationToken = default) =>
        Answers.ReadDatabases(await RequestAsync("list", Fields.None, null, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask MigrateAsync(
        string database, string backend, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        await RequestAsync("migrate", Fields.Of(("name", Fields.CheckName(database)), ("backend", backend)), progress, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ExportAsync(
        string database, Stream target, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        await FileTransfer.ExportAsync(await GetWorkerAfterClosingAsync(cancellationToken), database, target, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask ImportAsync(
        string database,
        Stream source,
        IProgress<StorageProgress>? progress = null,
        bool checkIntegrity = true,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        IWorker worker = await GetWorkerAfterClosingAsync(cancellationToken);
        await FileTransfer.ImportAsync(worker, database, source, progress, checkIntegrity, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask BackupAsync(
        string database, string target, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        string fields = Fields.Of(("name", Fields.CheckName(database)), ("target", Fields.CheckName(target)));
        await RequestAsync("backup", fields, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<StorageReport> GetReportAsync(CancellationToken cancellationToken = default) =>
        Answers.ReadReport(await RequestAsync("report", Fields.None, null, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<bool> PersistAsync(CancellationToken cancellationToken = default)
    {
        IWorker worker = await GetWorkerAsync(cancellationToken);
        return await worker.PersistAsync().WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<TResult?> CallAsync<TArgument, TResult>(
        string name,
        TArgument argument,
        JsonTypeInfo<TArgument> argumentType,
        JsonTypeInfo<TResult> resultType,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string fields = Fields.Of(("name", name), ("argument", JsonSerializer.Serialize(argument, argumentType)));
        return Answers.ReadCall(name, await RequestAsync("call", fields, null, cancellationToken), resultType);
    }

    /// <inheritdoc/>
    public async ValueTask<TResult?> CallAsync<TResult>(string name, JsonTypeInfo<TResult> resultType, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string fields = Fields.Of(("name", name), ("argument", "null"));
        return Answers.ReadCall(name, await RequestAsync("call", fields, null, cancellationToken), resultType);
    }

    /// <summary>
    /// Ends the worker at once. What was acknowledged is stored; everything that still waits fails with an error of kind
    /// <see cref="IsarErrorKind.Closed"/>. Not needed before the page goes away.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _ = StopAsync();
    }

    internal async Task<WorkerDatabase> OpenDatabaseAsync(
        string name, string setup, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        IWorker worker = await GetWorkerAsync(cancellationToken);
        Fields.CheckName(name);
        StrictUtf8.CountBytes(setup, "The set-up");
        string fields = Fields.Of(("name", name), ("setup", setup));
        if (_sqliteVersion is null or { IsFaulted: true })
            _sqliteVersion = ReadSqliteVersionAsync(worker);
        string version = await _sqliteVersion.WaitAsync(cancellationToken);
        JsonElement number = await worker.RequestAsync("open", fields, progress, cancellationToken);
        return new WorkerDatabase(worker, name, number.GetInt32(), version);
    }

    internal async Task CloseDatabaseAsync(WorkerDatabase database)
    {
        Task closing = database.CloseAsync();
        _closing.Add(closing);
        try
        {
            await closing;
        }
        finally
        {
            _closing.Remove(closing);
        }
    }

    private static Task<IWorker> StartInBrowserAsync(StartContext start) => OperatingSystem.IsBrowser()
        ? BrowserWorker.StartAsync(start)
        : throw new PlatformNotSupportedException(
            "Isar.Storage.Client runs in a browser only, where it talks to a worker; elsewhere use Isar.Storage.Sqlite with a backend.");

    private static async Task<string> ReadSqliteVersionAsync(IWorker worker) =>
        (await worker.RequestAsync("diagnostics", Fields.None)).GetProperty("sqliteVersion").GetString()!;

    /// <summary>Sends a request about whole databases, after the connections that are being closed have let go of theirs.</summary>
    private async Task<JsonElement> RequestAsync(
        string method, string fields, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        IWorker worker = await GetWorkerAfterClosingAsync(cancellationToken);
        return await worker.RequestAsync(method, fields, progress, cancellationToken);
    }

    private async Task<IWorker> GetWorkerAfterClosingAsync(CancellationToken cancellationToken)
    {
        IWorker worker = await GetWorkerAsync(cancellationToken);
        foreach (Task closing in _closing.ToArray())
        {
            await closing.WaitAsync(cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        cancellationToken.ThrowIfCancellationRequested();
        return worker;
    }

    private Task<IWorker> GetWorkerAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_worker is null or { IsFaulted: true })
        {
            _worker = _start(new StartContext(
                Options,
                reason => WorkerRestarted?.Invoke(this, reason),
                quota => QuotaNearlyUsed?.Invoke(this, quota),
                error => CommitUndone?.Invoke(this, error)));
        }
        return _worker.WaitAsync(cancellationToken);
    }

    private async Task StopAsync()
    {
        if (_worker is null or { IsFaulted: true })
            return;
        (await _worker).Stop();
    }
}
