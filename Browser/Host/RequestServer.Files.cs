using Isar.Storage.Sqlite;

namespace Isar.Storage.Browser;

/// <summary>Databases as files: the page pulls an export and pushes an import, part by part.</summary>
internal sealed partial class RequestServer
{
    private readonly Dictionary<int, TransferStream> _streams = [];
    private int _lastStream;

    private Task ExportAsync(int id, string name) => RunLongAsync(id, async (progress, token) =>
    {
        DatabaseSnapshot snapshot = await transfers.CreateSnapshotAsync(name, progress, token).ConfigureAwait(false);
        int stream = Add(new ExportStream(snapshot, timeProvider));
        HostInterop.CompleteJson(id, $$"""{"stream":{{stream}},"bytes":{{snapshot.Length}}}""");
    });

    private Task PullAsync(int id, int stream) => Find<ExportStream>(stream).UseAsync(async export =>
    {
        (int length, bool done) = export.ReadNext();
        if (done)
            await EndAsync(stream).ConfigureAwait(false);
        Complete(id, export.Buffer.AsSpan(0, length), done);
    });

    /// <param name="id">The request.</param>
    /// <param name="name">The database.</param>
    /// <param name="bytes">The length of the file, where it is known.</param>
    private Task ImportAsync(int id, string name, double? bytes) => RunLongAsync(id, async (_, token) =>
    {
        DatabaseImport import = await transfers.BeginImportAsync(name, bytes < 0 ? null : (long?)bytes, token).ConfigureAwait(false);
        HostInterop.CompleteNumber(id, Add(new ImportStream(name, import, timeProvider)));
    });

    private Task PushAsync(int id, int stream, int length) => Find<ImportStream>(stream).UseAsync(import =>
    {
        import.Import.Write(TakePushed(id, import.BufferOf(length)));
        HostInterop.CompletePushed(id, import.Import.Progress.Total);
        return Task.CompletedTask;
    });

    private Task FinishImportAsync(int id, int stream, bool checkIntegrity) => RunLongAsync(id, (progress, token) =>
        Find<ImportStream>(stream).UseAsync(async import =>
    {
        try
        {
            await transfers.FinishImportAsync(import.Name, import.Import, checkIntegrity, progress, token).ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(stream).ConfigureAwait(false);
        }
        HostInterop.Complete(id);
    }));

    private async Task CloseTransferAsync(int id, int stream)
    {
        // A stream that a request uses is ended by that request.
        if (_streams.GetValueOrDefault(stream) is { IsUsed: false })
            await EndAsync(stream).ConfigureAwait(false);
        HostInterop.Complete(id);
    }

    private Task BackupAsync(int id, string name, string target) => RunLongAsync(id, async (progress, token) =>
    {
        await storage.BackupAsync(name, target, progress, token).ConfigureAwait(false);
        HostInterop.Complete(id);
    });

    private static unsafe Span<byte> TakePushed(int id, Span<byte> buffer)
    {
        fixed (byte* address = buffer)
            HostInterop.CopyPushed(id, (nint)address);
        return buffer;
    }

    private static unsafe void Complete(int id, ReadOnlySpan<byte> chunk, bool done)
    {
        fixed (byte* address = chunk)
            HostInterop.CompleteChunk(id, (nint)address, chunk.Length, done);
    }

    private int Add(TransferStream stream)
    {
        int number = ++_lastStream;
        _streams.Add(number, stream);
        stream.Abandoned = () => _ = AbandonAsync(number);
        return number;
    }

    private T Find<T>(int stream)
        where T : TransferStream => _streams.GetValueOrDefault(stream) as T ?? throw new ObjectDisposedException(null,
            $"There is no stream {stream}: it has ended, or its next part was not requested for {TransferStream.Patience.TotalMinutes} minutes.");

    private async Task AbandonAsync(int stream)
    {
        logger.StreamAbandoned(stream);
        await EndAsync(stream).ConfigureAwait(false);
    }

    private async ValueTask EndAsync(int stream)
    {
        if (_streams.Remove(stream, out TransferStream? ended))
            await ended.DisposeAsync().ConfigureAwait(false);
    }
}
