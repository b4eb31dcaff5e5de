using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>A file that is being received and is checked before it becomes a database. Disposing it before that changes nothing.</summary>
internal sealed class DatabaseImport : IAsyncDisposable
{
    private readonly StagedFile _staged;
    private readonly IStorageFile _file;
    private readonly byte[] _start = new byte[DatabaseHeader.Size];
    private readonly long? _expected;
    private DatabaseHeader? _header;
    private SqliteConnection? _checked;

    private DatabaseImport(StagedFile staged, long? expected)
    {
        _staged = staged;
        _expected = expected;
        _file = staged.Open();
    }

    /// <summary>Gets how many bytes were received.</summary>
    public long Received { get; private set; }

    /// <summary>Gets the progress of the transfer. The total is the length that was announced, or the one in the file's header.</summary>
    public StorageProgress Progress => new(StorageStage.Importing, Received, Math.Max(Received, _expected ?? _header?.FileLength ?? 0));

    /// <summary>Begins to receive a file.</summary>
    /// <param name="backend">Where it is received.</param>
    /// <param name="atOnce">The pipeline that does not wait.</param>
    /// <param name="expected">How many bytes will come, where that is known.</param>
    /// <param name="logger">Logs that the received file cannot be deleted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async ValueTask<DatabaseImport> BeginAsync(
        ReadyBackend backend, WaitPipeline atOnce, long? expected, ILogger logger, CancellationToken cancellationToken)
    {
        StagedFile staged = await StagedFile.CreateAsync(backend, atOnce, logger, cancellationToken).ConfigureAwait(false);
        try
        {
            return new DatabaseImport(staged, expected);
        }
        catch
        {
            await staged.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Corrupt"/>: the file is not a database. <see cref="StorageErrorKind.Full"/>: there is no space for it.
    /// </exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (Received < _start.Length)
        {
            int count = (int)Math.Min(bytes.Length, _start.Length - Received);
            bytes[..count].CopyTo(_start.AsSpan((int)Received));
            if (Received + count == _start.Length)
                _header = DatabaseHeader.Parse(_start);
        }
        _file.Write(bytes, Received);
        Received += bytes.Length;
    }

    /// <summary>Checks what was received.</summary>
    /// <param name="checkIntegrity">Whether SQLite checks the content, not only its length and header.</param>
    /// <param name="configure">Gives a connection the functions and collations of the app, which the schema may use.</param>
    /// <param name="progress">Receives the progress.</param>
    /// <param name="cancellationToken">Ends it before SQLite's check begins.</param>
    /// <returns>A connection to it, which this owns.</returns>
    /// <exception cref="StorageException">
    /// <see cref="StorageErrorKind.Corrupt"/>: it is damaged, or not a database. <see cref="StorageErrorKind.Unavailable"/>: its schema uses
    /// what SQLite does not have here.
    /// </exception>
    public async ValueTask<SqliteConnection> CheckAsync(
        bool checkIntegrity, Action<SqliteConnection> configure, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        DatabaseHeader header = _header ?? DatabaseHeader.Parse(_start.AsSpan(0, (int)Received));
        if (_expected is { } expected && Received != expected)
            throw Damaged($"{Received} bytes came, not {expected}");
        long length = header.CheckLength(Received);
        if (length < Received)
            _file.SetLength(length);
        if (header.IsMarkedWriteAheadLog)
            DatabaseHeader.MarkRollback(_file);
        progress?.Report(new StorageProgress(StorageStage.Verifying, 0, length));
        await Task.Yield();
        try
        {
            _checked = await _staged.ConnectAsync(SqliteOpenMode.ReadWrite, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException e) when (e.Kind == StorageErrorKind.Corrupt)
        {
            throw Damaged((e.InnerException ?? e).Message, e);
        }
        if (checkIntegrity && ImportCheck.FindFault(_checked, configure) is { } fault)
            throw Damaged(fault);
        progress?.Report(new StorageProgress(StorageStage.Verifying, length, length));
        return _checked;
    }

    public async ValueTask DisposeAsync()
    {
        _checked?.Dispose();
        _file.Dispose();
        await _staged.DisposeAsync().ConfigureAwait(false);
    }

    private static StorageException Damaged(string fault, Exception? cause = null) => new(StorageErrorKind.Corrupt,
        $"The file cannot be imported: it does not pass SQLite's integrity check: {fault.TrimEnd('.')}. Nothing was changed.", cause);
}
