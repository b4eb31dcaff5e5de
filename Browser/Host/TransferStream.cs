using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Isar.Storage.Browser;

/// <summary>An export or import that the page moves part by part. It ends when the page stops asking, or it would take space for ever.</summary>
internal abstract class TransferStream : IAsyncDisposable
{
    private readonly ITimer _timer;
    private bool _disposed;

    protected TransferStream(TimeProvider timeProvider)
    {
        _timer = timeProvider.CreateTimer(_ => Abandoned?.Invoke(), null, Patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets how long a stream waits for the page's next request.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets whether a request is using the stream.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>Gets or sets what runs when the page's next request did not come in time.</summary>
    public Action? Abandoned { get; set; }

    /// <summary>Uses the stream for one request of the page.</summary>
    /// <exception cref="SqliteException">Another request is using the stream.</exception>
    protected async Task UseAsync(Func<Task> use)
    {
        if (IsUsed)
            throw new SqliteException("The previous request for this stream has not been answered yet: wait for its answer.", SqliteCode.Misuse);
        IsUsed = true;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            await use().ConfigureAwait(false);
        }
        finally
        {
            IsUsed = false;
            if (!_disposed)
                _timer.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _timer.DisposeAsync().ConfigureAwait(false);
        await EndAsync().ConfigureAwait(false);
    }

    protected abstract ValueTask EndAsync();
}

/// <summary>An export: a copy of a database, which the page pulls part by part.</summary>
internal sealed class ExportStream(DatabaseSnapshot snapshot, TimeProvider timeProvider) : TransferStream(timeProvider)
{
    /// <summary>Larger parts are hardly faster, and each takes memory twice for a moment, here and on the page.</summary>
    private const int ChunkLength = 512 * 1024;

    private long _offset;

    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>((int)Math.Min(ChunkLength, snapshot.Length));

    /// <summary>Reads the next part into the buffer.</summary>
    /// <returns>The length of the part, and whether it is the last.</returns>
    public (int Length, bool Done) ReadNext()
    {
        int length = snapshot.Read(Buffer, _offset);
        _offset += length;
        return (length, _offset == snapshot.Length);
    }

    public Task UseAsync(Func<ExportStream, Task> use) => UseAsync(() => use(this));

    protected override ValueTask EndAsync() => snapshot.DisposeAsync();
}

/// <summary>An import: a database file, which the page pushes part by part.</summary>
internal sealed class ImportStream(string name, DatabaseImport import, TimeProvider timeProvider) : TransferStream(timeProvider)
{
    private byte[] _buffer = [];

    public string Name => name;

    public DatabaseImport Import => import;

    /// <summary>Gets memory for the next part.</summary>
    public Span<byte> BufferOf(int length)
    {
        if (_buffer.Length < length)
            _buffer = GC.AllocateUninitializedArray<byte>(length);
        return _buffer.AsSpan(0, length);
    }

    public Task UseAsync(Func<ImportStream, Task> use) => UseAsync(() => use(this));

    protected override ValueTask EndAsync() => import.DisposeAsync();
}
