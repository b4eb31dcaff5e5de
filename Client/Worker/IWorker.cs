using System.Text.Json;

namespace Isar.Storage.Client;

/// <summary>The results of statements.</summary>
/// <param name="Bytes">The results one after another, as <c>protocol.ts</c> describes them.</param>
/// <param name="Changes">The rows that were changed, -1 when no statement could change anything.</param>
/// <param name="Worker">The worker that gave them.</param>
internal readonly record struct RunResult(byte[] Bytes, long Changes, IWorker Worker);

/// <summary>
/// A worker. When it has died, the next call starts another one, in which open connections are opened again. Every failure is an
/// <see cref="IsarException"/>, or an <see cref="OperationCanceledException"/> of the token.
/// </summary>
internal interface IWorker
{
    /// <summary>Sends a request of <c>protocol.ts</c>.</summary>
    /// <param name="method">The method's name.</param>
    /// <param name="fields">Its fields as JSON.</param>
    /// <param name="progress">Told the progress.</param>
    /// <param name="cancellationToken">Asks the worker to end it.</param>
    /// <returns>Its result.</returns>
    Task<JsonElement> RequestAsync(
        string method, string fields, IProgress<StorageProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Runs statements on an open connection. The message is posted before this returns.</summary>
    /// <param name="database">The connection's number.</param>
    /// <param name="sql">Any number of statements.</param>
    /// <param name="parameters">What <see cref="ParameterWriter"/> wrote.</param>
    /// <param name="transaction">Whether it fails when no transaction is open, perhaps because that ended with its worker.</param>
    /// <param name="timeout">How long it waits for transactions that came before it; zero for ever.</param>
    /// <param name="cancellationToken">Asks the worker to end it.</param>
    Task<RunResult> RunAsync(
        int database, string sql, ReadOnlyMemory<byte> parameters, bool transaction, TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>Gets the next part of an export.</summary>
    /// <param name="stream">The export's number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The part, and whether it is the last.</returns>
    Task<(byte[] Bytes, bool Done)> PullAsync(int stream, CancellationToken cancellationToken = default);

    /// <summary>Sends the next part of an import, which is copied before this returns.</summary>
    /// <param name="stream">The import's number.</param>
    /// <param name="bytes">The part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many bytes are expected together, as far as that is known.</returns>
    Task<long> PushAsync(int stream, ArraySegment<byte> bytes, CancellationToken cancellationToken = default);

    /// <summary>Asks the browser to keep the origin's data.</summary>
    Task<bool> PersistAsync();

    /// <summary>Lets the page's other tasks run: timers, input, drawing.</summary>
    Task LetOthersRunAsync();

    /// <summary>Ends the worker at once.</summary>
    void Stop();
}
