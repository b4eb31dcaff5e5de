using System.Text.Json;

namespace Isar.Storage.Client;

/// <summary>Databases as files: the streams of the page on one side, the worker's on the other.</summary>
internal static class FileTransfer
{
    private const int ChunkLength = 512 * 1024;

    public static async Task ExportAsync(
        IWorker worker, string name, Stream target, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        JsonElement answer = await worker.RequestAsync("export", Fields.Of(("name", Fields.CheckName(name))), progress, cancellationToken);
        int stream = answer.GetProperty("stream").GetInt32();
        long total = answer.GetProperty("bytes").GetInt64();
        long completed = 0;
        progress?.Report(new StorageProgress(StorageStage.Exporting, completed, total));
        try
        {
            Task<(byte[] Bytes, bool Done)> next = worker.PullAsync(stream, cancellationToken);
            for (bool done = false; !done;)
            {
                (byte[] bytes, done) = await next;
                // One part ahead: the worker reads while the target writes.
                if (!done)
                    next = worker.PullAsync(stream, cancellationToken);
                try
                {
                    await target.WriteAsync(bytes, cancellationToken);
                }
                catch when (!done)
                {
                    // Waits for the part that is on its way, so that its failure is not unobserved.
                    await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                    throw;
                }
                completed += bytes.Length;
                progress?.Report(new StorageProgress(StorageStage.Exporting, completed, total));
            }
        }
        catch
        {
            await CloseAsync(worker, stream);
            throw;
        }
    }

    public static async Task ImportAsync(
        IWorker worker, string name, Stream source, IProgress<StorageProgress>? progress, bool checkIntegrity, CancellationToken cancellationToken)
    {
        long? length = source.CanSeek ? source.Length - source.Position : null;
        string fields = Fields.Of(("name", Fields.CheckName(name)), ("bytes", length));
        int stream = (await worker.RequestAsync("import", fields, null, cancellationToken)).GetInt32();
        long completed = 0;
        try
        {
            byte[] buffer = new byte[ChunkLength];
            while (true)
            {
                int count = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
                if (count == 0)
                    break;
                long total = await worker.PushAsync(stream, new ArraySegment<byte>(buffer, 0, count), cancellationToken);
                completed += count;
                progress?.Report(new StorageProgress(StorageStage.Importing, completed, total));
            }
            await worker.RequestAsync("finishImport", Fields.Of(("stream", stream), ("checkIntegrity", checkIntegrity)), progress, cancellationToken);
        }
        catch
        {
            await CloseAsync(worker, stream);
            throw;
        }
    }

    /// <summary>Ends a stream that has failed; a dead worker has ended it already.</summary>
    private static async Task CloseAsync(IWorker worker, int stream)
    {
        try
        {
            await worker.RequestAsync("closeTransfer", Fields.Of(("stream", stream)));
        }
        catch (IsarException e) when (e.Kind is IsarErrorKind.Worker or IsarErrorKind.Closed)
        {
        }
    }
}
